// Makes a sandbox Item: a bank is picked, and what it is asked for.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '../../api/client';
import { FormDialog } from '../../parts/FormDialog';
import { Failure } from '../../parts/Parts';
import { ShownOnce } from '../../parts/ShownOnce';
import { userQuery, type Environment } from './items';

// What is asked for at first.
const usual = (products: string[]) =>
  products.includes('transactions') ? ['transactions'] : products.slice(0, 1);

interface NewItemProps {
  environment: Environment;
  userId: string;
  onClose: () => void;
}

export function NewItem({ environment, userId, onClose }: NewItemProps) {
  const queries = useQueryClient();
  const [q, setQ] = useState('');
  const [picked, setPicked] = useState<{
    institutionId: string;
    name: string;
    products: string[];
  }>();
  const [products, setProducts] = useState<string[]>([]);
  const [webhook, setWebhook] = useState('');
  const found = useQuery({
    queryKey: ['items', environment, 'institutions', q.trim()],
    queryFn: () =>
      data(
        api.GET('/api/environments/{environment}/institutions', {
          params: {
            path: { environment },
            query: { size: 50, ...(q.trim() ? { q: q.trim() } : {}) },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/environments/{environment}/users/{userId}/items', {
          params: { path: { environment, userId } },
          body: {
            institutionId: picked!.institutionId,
            products,
            ...(webhook.trim() ? { webhook: webhook.trim() } : {}),
          },
        }),
      ),
    // A reply with a token is not kept longer than this dialog.
    gcTime: 0,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['items', environment, 'users'] });
      return queries.invalidateQueries({ queryKey: userQuery(environment, userId).queryKey });
    },
  });
  if (make.data) {
    return (
      <ShownOnce
        title={`An Item at ${picked?.name} was made`}
        what="The access token is shown here and never again: Tartan keeps only a hash of it."
        values={[
          { name: 'item_id', value: make.data.itemId },
          { name: 'access_token', value: make.data.accessToken },
        ]}
        onClose={onClose}
      />
    );
  }
  const rows = found.data?.content ?? [];
  return (
    <FormDialog
      title="Make a sandbox Item"
      what="As POST /sandbox/public_token/create and /item/public_token/exchange do it: a login at a made-up bank."
      verb="Make Item"
      isWide
      isReady={picked !== undefined && products.length > 0}
      isBusy={make.isPending}
      error={make.error}
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <label>
        Find an institution
        <input
          type="search"
          className="field"
          autoFocus
          placeholder="A part of its name, or its id"
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
      </label>
      <Failure error={found.error} />
      <fieldset className="pick" aria-label="Institution">
        {rows.map((one) => (
          <label key={one.institutionId}>
            <input
              type="radio"
              name="institution"
              checked={picked?.institutionId === one.institutionId}
              onChange={() => {
                setPicked(one);
                const kept = products.filter((name) => one.products.includes(name));
                setProducts(kept.length > 0 ? kept : usual(one.products));
              }}
            />
            {one.name}
            {one.oauth ? (
              <span className="soft" style={{ margin: 0 }}>
                OAuth
              </span>
            ) : null}
            {one.health === 'healthy' ? null : (
              <span className="status warn">
                <span>{one.health}</span>
              </span>
            )}
            <span className="soft">
              <code>{one.institutionId}</code> {one.countryCodes.join(' ')}
            </span>
          </label>
        ))}
        {found.isSuccess && rows.length === 0 ? (
          <div className="soft" style={{ padding: 6 }}>
            No institution fits.
          </div>
        ) : null}
      </fieldset>
      {picked ? (
        <fieldset className="products">
          <legend>Products of {picked.name}</legend>
          {picked.products.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={products.includes(name)}
                onChange={() =>
                  setProducts(
                    products.includes(name)
                      ? products.filter((one) => one !== name)
                      : [...products, name],
                  )
                }
              />
              {name}
            </label>
          ))}
        </fieldset>
      ) : null}
      <label>
        Webhook (may be left empty)
        <input
          className="field mono"
          placeholder="https://example.com/webhook"
          value={webhook}
          onChange={(event) => setWebhook(event.target.value)}
        />
      </label>
    </FormDialog>
  );
}
