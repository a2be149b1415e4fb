// The reference page of an operation.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { memo, useDeferredValue, useState } from 'react';
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { api, data, type Schemas } from '../../api/client';
import { CopyButton, Failure, Method } from '../../parts/Parts';
import { Fields } from './Fields';
import { Servers, useServer } from './Servers';
import { prepareQuery, TryIt } from './TryIt';
import { UseInWorkflow } from './UseInWorkflow';
import { versionText } from './versionText';

export function operationQuery(operationId: string) {
  return queryOptions({
    queryKey: ['catalog', 'operation', operationId],
    queryFn: () =>
      data(api.GET('/api/catalog/operations/{operationId}', { params: { path: { operationId } } })),
    staleTime: 60_000,
  });
}

// One paragraph in which nothing is marked up or would become a link. Most descriptions of fields
// are such, a page has hundreds of them, and to parse each is what a page's time goes into.
function isPlain(text: string) {
  return !/[*_`[\]<>#|~\\&@\n]|https?:|www\.|^\s*([-+]|\d+[.)])\s/.test(text);
}

// Descriptions are Markdown without HTML; pictures of other hosts are not loaded.
export function Markdown({ text }: { text: string | undefined }) {
  return text ? (
    <div className="markdown">
      {isPlain(text) ? (
        <p>{text}</p>
      ) : (
        <ReactMarkdown remarkPlugins={[remarkGfm]} disallowedElements={['img']}>
          {text}
        </ReactMarkdown>
      )}
    </div>
  ) : null;
}

function Snippets({ code }: { code: Schemas['Code'] }) {
  const languages = [
    ['curl', code.curl],
    ['JavaScript', code.javascript],
    ['Python', code.python],
    ['Go', code.go],
  ] as const;
  return (
    <Tabs.Root defaultValue="curl">
      <Tabs.List className="tabs" aria-label="Language">
        {languages.map(([name]) => (
          <Tabs.Trigger key={name} value={name}>
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {languages.map(([name, text]) => (
        <Tabs.Content key={name} value={name} className="stack" style={{ paddingTop: 8 }}>
          <pre tabIndex={0}>{text}</pre>
          <div>
            <CopyButton text={text} label={`Copy ${name}`} />
          </div>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

function Content({
  operationId,
  content,
}: {
  operationId: string;
  content: Schemas['CatalogContent'][];
}) {
  return content.map((one) => (
    <div key={one.contentType} className="stack">
      <div className="soft">
        {one.contentType}
        {one.sameAs ? `, as ${one.sameAs}` : ''}
      </div>
      {one.schema ? <Fields operationId={operationId} fields={[one.schema]} isRoot /> : null}
      {one.example !== undefined ? (
        <details>
          <summary>Example</summary>
          <pre tabIndex={0}>
            {typeof one.example === 'string' ? one.example : JSON.stringify(one.example, null, 2)}
          </pre>
        </details>
      ) : null}
    </div>
  ));
}

function Security({ security }: { security: Schemas['CatalogOperation']['security'] }) {
  if (security.length === 0) {
    return <span className="soft">none</span>;
  }
  return (
    <span>
      {security
        .map((all) => (all.length === 0 ? 'none' : all.map((one) => one.scheme).join(' and ')))
        .join(', or ')}
    </span>
  );
}

type Response = Schemas['CatalogOperation']['responses'][number];

// What stands in a closed one is drawn when it is opened.
function Answered({ operationId, response }: { operationId: string; response: Response }) {
  const [isOpen, setOpen] = useState(response.status.startsWith('2'));
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{response.status}</strong> <span className="soft">{response.description}</span>
      </summary>
      {isOpen ? (
        <>
          {response.headers.length > 0 ? (
            <Fields operationId={operationId} fields={response.headers} />
          ) : null}
          <Content operationId={operationId} content={response.content} />
        </>
      ) : null}
    </details>
  );
}

// The snippets that came with the operation are of its first server.
function useCode({ id, code }: Schemas['CatalogOperation'], server: string | undefined) {
  const ofServer = useQuery({
    queryKey: ['catalog', 'code', id, server],
    queryFn: async () => {
      const { task, credentials } = await prepareQuery(id, server).queryFn();
      return data(api.POST('/api/http-task/code', { body: { task, credentials } }));
    },
    enabled: server !== undefined && code !== null && code !== undefined,
    staleTime: 60_000,
  });
  return server === undefined ? code : (ofServer.data ?? code);
}

interface ReferenceProps {
  operationId: string;
  // Inside of something that has the request already.
  isInside?: boolean;
}

export const Reference = memo(function Reference({
  operationId,
  isInside = false,
}: ReferenceProps) {
  const operation = useQuery(operationQuery(operationId));
  // A long page may be drawn in parts: a letter typed meanwhile goes first.
  const it = useDeferredValue(operation.data, undefined);
  const className = isInside ? 'reference inside' : 'reference';
  return it ? (
    <article className={className} aria-label={`${it.method} ${it.path}`}>
      <Article operation={it} isInside={isInside} />
    </article>
  ) : (
    <article className={className}>
      <Failure error={operation.error} />
    </article>
  );
});

interface ArticleProps {
  operation: Schemas['CatalogOperation'];
  isInside: boolean;
}

const Article = memo(function Article({ operation: it, isInside }: ArticleProps) {
  const operationId = it.id;
  const [trying, setTrying] = useState(false);
  const [chosen, choose] = useServer(it);
  const server = isInside ? undefined : chosen;
  const code = useCode(it, server);
  return (
    <>
      <div className="heading-row">
        <div>
          <div className="soft">
            {it.apiTitle} {versionText(it.version)}
            {it.deprecated ? ' · deprecated' : ''}
          </div>
          <h1 className="heading">
            <Method name={it.method} /> <span className="mono">{it.path}</span>
          </h1>
        </div>
        <div className="row">
          {isInside ? null : (
            <>
              <UseInWorkflow operation={it} server={server} />
              <button
                type="button"
                className="button"
                aria-expanded={trying}
                onClick={() => setTrying(!trying)}
              >
                {trying ? 'Close Try it' : 'Try it'}
              </button>
            </>
          )}
          {code ? <CopyButton text={code.curl} label="Copy as curl" /> : null}
        </div>
      </div>
      {it.summary ? <p>{it.summary}</p> : null}
      <Markdown text={it.description === it.summary ? undefined : it.description} />
      {trying ? <TryIt operationId={operationId} server={server} /> : null}
      <h2>Servers</h2>
      <Servers servers={it.servers} chosen={server} {...(isInside ? {} : { onChoose: choose })} />
      <h2>Security</h2>
      <Security security={it.security} />
      {it.parameters.length > 0 ? (
        <>
          <h2>Parameters</h2>
          <Fields operationId={operationId} fields={it.parameters} hasPlace />
        </>
      ) : null}
      {it.headers.length > 0 ? (
        <>
          <h2>Headers</h2>
          <Fields operationId={operationId} fields={it.headers} />
        </>
      ) : null}
      {it.requestBody ? (
        <>
          <h2>Body</h2>
          <Content operationId={operationId} content={it.requestBody.content} />
        </>
      ) : null}
      <h2>Responses</h2>
      {it.responses.map((one) => (
        <Answered key={one.status} operationId={operationId} response={one} />
      ))}
      {code ? (
        <>
          <h2>Code</h2>
          <Snippets code={code} />
        </>
      ) : null}
      <p className="soft" style={{ marginTop: 24 }}>
        {it.links.documentation ? (
          <a href={it.links.documentation} target="_blank" rel="noreferrer">
            Documentation
          </a>
        ) : null}{' '}
        Source: {it.links.source}
      </p>
    </>
  );
});
