#!/usr/bin/env python3
"""Makes C++ from an API contract (api/*.yaml): schema tables for validation, a struct and a reader
for each request, a declaration for each handler, and the table of operations that refers to them
(so that a missing handler fails the link).

Usage: generate.py CONTRACT NAMESPACE OUT_DIR BASENAME [OFFICIAL_PATHS]
       generate.py --routes CONTRACT NAMESPACE OUT_DIR BASENAME

With --routes it makes the table that contract/router.h serves from: method, path, parameters, body
schema and scope of each operation. Handlers are bound by operationId when the program is composed.
"""

import json
import re
import sys

import yaml

REQUEST_KEYWORDS = {
    "type", "properties", "required", "items", "enum", "minLength", "maxLength", "minItems",
    "maxItems", "minimum", "maximum", "format", "description", "default", "$ref", "oneOf",
    "deprecated", "additionalProperties", "title", "example", "examples", "x-tartan-domain-checked",
}
FORMATS = {"uri": "uri", "date": "date", "date-time": "date_time"}
TYPE_BITS = {"null": 1, "boolean": 2, "integer": 4, "number": 8 | 4, "string": 16, "array": 32,
             "object": 64}
SCALARS = {"boolean": "bool", "integer": "std::int64_t", "number": "double",
           "string": "std::string_view"}


def fail(message):
    sys.exit(f"generate.py: {message}")


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def quote(text):
    return json.dumps(text, ensure_ascii=False)


class Generator:
    def __init__(self, contract, namespace, basename):
        self.contract = contract
        self.namespace = namespace
        self.basename = basename
        self.schemas = contract["components"]["schemas"]
        self.tables = []      # text of schema constants, in dependency order
        self.named = {}       # component name -> constant
        self.structs = []     # text of structs, in dependency order
        self.readers = []
        self.done_structs = set()
        self.counter = 0
        self.source = ""  # as the generated files name it

    def resolve(self, schema):
        """The schema behind a $ref, and whether null is allowed around it."""
        nullable = False
        name = None
        while True:
            if "$ref" in schema:
                name = schema["$ref"].rsplit("/", 1)[1]
                schema = self.schemas[name]
            elif "oneOf" in schema:
                real = [s for s in schema["oneOf"] if s != {"type": "null"}]
                if len(real) != 1:
                    fail(f"oneOf in a request takes one schema and null: {schema}")
                nullable = nullable or len(real) != len(schema["oneOf"])
                schema = real[0]
            else:
                return schema, nullable, name

    def types(self, schema, where):
        declared = schema.get("type")
        if declared is None:
            return {"null", "boolean", "integer", "number", "string", "array", "object"}
        names = set([declared] if isinstance(declared, str) else declared)
        unknown = names - set(TYPE_BITS)
        if unknown:
            fail(f"{where}: unknown type {unknown}")
        return names

    # Schema tables

    def table(self, schema, where):
        schema, nullable, name = self.resolve(schema)
        key = (name, nullable)
        if name and key in self.named:
            return self.named[key]
        unknown = set(schema) - REQUEST_KEYWORDS
        if unknown:
            fail(f"{where}: the request schema uses {sorted(unknown)}, which the check does not know")
        types = self.types(schema, where)
        bits = 0
        for type_name in types:
            bits |= TYPE_BITS[type_name]
        if nullable or None in schema.get("enum", []):
            bits |= 1
        self.counter += 1
        constant = f"k{self.counter}_{re.sub(r'[^A-Za-z0-9]', '_', name or where)}"
        fields = [f".types = {bits}"]
        if schema.get("x-tartan-domain-checked"):
            fields.append(".openness = Openness::domain_checked")
        elif schema.get("additionalProperties") or ("object" in types and "type" not in schema):
            fields.append(".openness = Openness::open")
        elif types == {"object"} and not schema.get("properties") \
                and "additionalProperties" not in schema and "properties" not in schema:
            fail(f"{where}: an object without properties needs additionalProperties or properties: {{}}")
        if "format" in schema and schema["format"] in FORMATS:
            fields.append(f".format = Format::{FORMATS[schema['format']]}")
        lines = []
        if schema.get("properties"):
            required = set(schema.get("required", []))
            stray = required - set(schema["properties"])
            if stray:
                fail(f"{where}: required but not a property: {sorted(stray)}")
            rows = []
            for prop in sorted(schema["properties"]):
                child = self.table(schema["properties"][prop], f"{where}_{prop}")
                rows.append(f"    {{{quote(prop)}, &{child}, {str(prop in required).lower()}}},")
            lines.append(f"constexpr Property {constant}_properties[] = {{\n" + "\n".join(rows)
                         + "\n};")
            fields.append(f".properties = {constant}_properties")
        if "items" in schema:
            fields.append(f".items = &{self.table(schema['items'], where + '_item')}")
        choices = [c for c in schema.get("enum", []) if c is not None]
        if choices and not all(isinstance(c, str) for c in choices):
            choices = []  # only texts are chosen from a list; numbers have bounds
        if choices:
            lines.append(f"constexpr std::string_view {constant}_choices[] = {{\n    "
                         + ",\n    ".join(quote(c) for c in choices) + "};")
            fields.append(f".enumeration = {constant}_choices")
        low = schema.get("minLength", schema.get("minItems"))
        high = schema.get("maxLength", schema.get("maxItems"))
        if low is not None:
            fields.append(f".size_min = {low}")
        if high is not None:
            fields.append(f".size_max = {high}")
        if "minimum" in schema:
            fields.append(f".minimum = {float(schema['minimum'])}")
        if "maximum" in schema:
            fields.append(f".maximum = {float(schema['maximum'])}")
        lines.append(f"constexpr Schema {constant}{{{', '.join(fields)}}};")
        self.tables.append("\n".join(lines))
        if name:
            self.named[key] = constant
        return constant

    def document_literal(self):
        document = json.dumps(self.contract, ensure_ascii=False, separators=(",", ":"), default=str)
        # Compilers limit one literal: the document is written as several, which are joined.
        pieces = [document[i:i + 8000] for i in range(0, len(document), 8000)]
        return "\n".join(f'    R"~~~({piece})~~~"' for piece in pieces)

    # Structs and readers

    def cpp_type(self, schema, where, hint):
        """The C++ type of a value and whether null is allowed."""
        schema, nullable, name = self.resolve(schema)
        types = self.types(schema, where)
        nullable = nullable or "null" in types
        types = types - {"null"}
        if "type" not in schema:
            return "const json::Value*", False
        if len(types) != 1:
            return "const json::Value*", False
        kind = next(iter(types))
        if kind in SCALARS:
            return SCALARS[kind], nullable
        if kind == "array":
            inner, inner_nullable = self.cpp_type(schema.get("items", {}), where, hint + "Item")
            if inner_nullable or inner.startswith("const json"):
                return "const json::Array*", nullable
            return f"std::vector<{inner}>", nullable
        if schema.get("x-tartan-domain-checked") or not schema.get("properties"):
            return "const json::Object*", nullable
        return self.struct(schema, name or hint, where), nullable

    def struct(self, schema, name, where):
        if name in self.done_structs:
            return name
        self.done_structs.add(name)
        required = set(schema.get("required", []))
        members, reads = [], []
        for prop in schema["properties"]:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", prop):
                fail(f"{where}: {prop} is no C++ name")
            hint = name + "".join(part.capitalize() for part in prop.split("_"))
            kind, nullable = self.cpp_type(schema["properties"][prop], f"{where}_{prop}", hint)
            member = f"{prop}_" if prop in {"register", "delete", "default", "class"} else prop
            if prop in required and not nullable:
                initial = " = nullptr" if kind.endswith("*") else " = {}"
                members.append(f"  {kind} {member}{initial};")
            else:
                members.append(f"  contract::Field<{kind}> {member};")
            reads.append(f"  contract::read_member(object, {quote(prop)}, to.{member});")
        self.structs.append(f"struct {name} {{\n" + "\n".join(members) + "\n};\n"
                            f"void read(const json::Value& from, {name}& to);\n")
        self.readers.append(f"void read(const json::Value& from, {name}& to) {{\n"
                            "  const json::Object& object = from.get_object();\n"
                            + "\n".join(reads) + "\n}\n")
        return name

    def run(self, out_dir, official_paths):
        operations = []
        handlers = []
        for path, item in self.contract["paths"].items():
            operation = item.get("post")
            if operation is None:
                continue
            handler = snake(operation["operationId"])
            request = operation["requestBody"]["content"]["application/json"]["schema"]
            name = request["$ref"].rsplit("/", 1)[1]
            table = self.table(request, name)
            self.struct(self.schemas[name], name, name)
            mode = operation.get("x-tartan-transaction")
            if mode not in ("read", "write"):
                fail(f"{path}: x-tartan-transaction is read or write")
            sandbox = operation.get("x-tartan-environments") == ["sandbox"]
            if sandbox != path.startswith("/sandbox/"):
                fail(f"{path}: what is for the sandbox alone stands under /sandbox/, and says so")
            handlers.append(f"PlaidResult<Reply> {handler}(Call& call, const api::{name}& request);")
            operations.append((path, handler, name, table, mode))
        self.write_header(out_dir, handlers)
        self.write_source(out_dir, sorted(operations), official_paths)

    def write_header(self, out_dir, handlers):
        with open(f"{out_dir}/{self.basename}.h", "w") as out:
            out.write(f"""// Made by src/contract/generate.py from {self.source}. Do not edit.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "contract/field.h"
#include "contract/schema.h"
#include "items/endpoints/call.h"

namespace {self.namespace}::api {{

""" + "\n".join(self.structs) + f"""
using Invoke = PlaidResult<Reply> (*)(Call& call, const json::Value& body);

struct Operation {{
  std::string_view path;
  std::string_view id;
  const contract::Schema* request;
  enum class Mode {{ read, write }} mode;
  Invoke invoke;
}};

// In the order of their paths.
std::span<const Operation> operations();

// Every path of the official document, in order.
std::span<const std::string_view> official_paths();

// This API's document as JSON.
std::string_view document();

}}  // namespace {self.namespace}::api

namespace {self.namespace} {{

// One for each operation of the contract, in endpoints/. See the contract for what each does.
""" + "\n".join(handlers) + f"""

}}  // namespace {self.namespace}
""")

    def write_source(self, out_dir, operations, official_paths):
        rows, invokes = [], []
        for path, handler, name, table, mode in operations:
            invokes.append(f"""PlaidResult<Reply> invoke_{handler}(Call& call, const json::Value& body) {{
  {name} request;
  read(body, request);
  return {handler}(call, request);
}}
""")
            rows.append(f"    {{{quote(path)}, {quote(handler)}, &{table}, Operation::Mode::{mode}, "
                        f"&invoke_{handler}}},")
        literal = self.document_literal()
        official = "\n".join(f"    {quote(path)}," for path in official_paths)
        with open(f"{out_dir}/{self.basename}.cpp", "w") as out:
            out.write(f"""// Made by src/contract/generate.py from {self.source}. Do not edit.
#include "{self.basename}.h"

namespace {self.namespace}::api {{

using contract::Format;
using contract::Openness;
using contract::Property;
using contract::Schema;

namespace {{

""" + "\n".join(self.tables) + "\n\n}  // namespace\n\n" + "\n".join(self.readers) + """
namespace {

""" + "\n".join(invokes) + f"""
constexpr Operation kOperations[] = {{
""" + "\n".join(rows) + """
};

constexpr std::string_view kOfficialPaths[] = {
""" + official + """
};

constexpr char kDocument[] =
""" + literal + f""";

}}  // namespace

std::span<const Operation> operations() {{ return kOperations; }}

std::span<const std::string_view> official_paths() {{ return kOfficialPaths; }}

std::string_view document() {{ return {{kDocument, sizeof kDocument - 1}}; }}

}}  // namespace {self.namespace}::api
""")


QUERY_KINDS = {"string": "text", "integer": "integer", "boolean": "boolean"}


class RouteGenerator(Generator):
    def query(self, operation, where):
        rows = []
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query":
                continue
            schema = parameter["schema"]
            unknown = set(schema) - {"type", "format", "enum", "minimum", "maximum", "default",
                                     "minLength", "maxLength"}
            if unknown or schema.get("type") not in QUERY_KINDS:
                fail(f"{where}: the query parameter {parameter['name']} uses {sorted(unknown)}")
            rows.append(f"    {{{quote(parameter['name'])}, "
                        f"&{self.table(schema, where + '_' + parameter['name'])}, "
                        f"QueryParameter::Kind::{QUERY_KINDS[schema['type']]}, "
                        f"{str(parameter.get('required', False)).lower()}}},")
        return rows

    def run(self, out_dir, _official_paths):
        routes, queries = [], []
        for path, item in self.contract["paths"].items():
            for method, operation in item.items():
                name = operation["operationId"]
                scope = operation.get("x-tartan-scope")
                if scope not in ("open", "read", "run", "edit", "admin"):
                    fail(f"{path}: x-tartan-scope is open, read, run, edit or admin")
                content = operation.get("requestBody", {}).get("content", {})
                schema = content.get("application/json", {}).get("schema")
                table = f"&{self.table(schema, name)}" if schema else "nullptr"
                kind = "none" if not content else "json" if schema else "raw"
                if kind == "json" and not operation["requestBody"].get("required"):
                    kind = "json_if_any"
                rows = self.query(operation, name)
                if rows:
                    queries.append(f"constexpr QueryParameter k{name}Query[] = {{\n"
                                   + "\n".join(rows) + "\n};")
                verb = "delete_" if method == "delete" else method
                query = f"k{name}Query" if rows else "{}"
                routes.append(f"    {{http::Method::{verb}, {quote(path)}, {quote(name)}, "
                              f"Scope::{scope}, Route::Body::{kind}, {table}, {query}}},")
        self.write(out_dir, routes, queries)

    def write(self, out_dir, routes, queries):
        with open(f"{out_dir}/{self.basename}.h", "w") as out:
            out.write(f"""// Made by src/contract/generate.py from {self.source}. Do not edit.
#pragma once

#include <span>

#include "contract/router.h"

namespace {self.namespace} {{

std::span<const contract::Route> routes();
std::string_view document();

}}  // namespace {self.namespace}
""")
        with open(f"{out_dir}/{self.basename}.cpp", "w") as out:
            out.write(f"""// Made by src/contract/generate.py from {self.source}. Do not edit.
#include "{self.basename}.h"

namespace {self.namespace} {{

using contract::Format;
using contract::Openness;
using contract::Property;
using contract::QueryParameter;
using contract::Route;
using contract::Schema;
using contract::Scope;

namespace {{

""" + "\n".join(self.tables) + "\n\n" + "\n".join(queries) + """

constexpr Route kRoutes[] = {
""" + "\n".join(routes) + f"""
}};

constexpr char kDocument[] =
{self.document_literal()};

}}  // namespace

std::span<const Route> routes() {{ return kRoutes; }}

std::string_view document() {{ return {{kDocument, sizeof kDocument - 1}}; }}

}}  // namespace {self.namespace}
""")


def main():
    kind = Generator
    if sys.argv[1] == "--routes":
        kind = RouteGenerator
        del sys.argv[1]
    contract_file, namespace, out_dir, basename = sys.argv[1:5]
    with open(contract_file) as source:
        contract = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    official = []
    if len(sys.argv) > 5:
        with open(sys.argv[5]) as source:
            official = sorted(line.strip() for line in source
                              if line.strip() and not line.startswith("#"))
    generator = kind(contract, namespace, basename)
    generator.source = "api/" + contract_file.rsplit("/", 1)[-1]
    generator.run(out_dir, official)


main()
