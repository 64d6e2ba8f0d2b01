import { type ReactNode, useEffect, useState } from "react";
import { Mark } from "@/components/Mark";
import { useWords } from "@/lib/words";
import { docsWords } from "./docs-words";
import {
  type Document,
  describeType,
  groupByTag,
  type Operation,
  readOperations,
  resolveSchema,
  type Schema,
} from "./document";

/** The API reference: made in the browser from the server's own document, without any other host. */
export function Reference(): ReactNode {
  const words = useWords(docsWords);
  const { document, failed } = useDocument();
  const [wanted, setWanted] = useState("");
  if (failed) return <p role="alert">{words.failed}</p>;
  if (!document) return <p role="status">{words.loading}</p>;
  const found = readOperations(document).filter((operation) =>
    `${operation.method} ${operation.path} ${operation.summary}`
      .toLowerCase()
      .includes(wanted.toLowerCase()),
  );
  const groups = groupByTag(found);
  return (
    <div className="page">
      <nav aria-label={words.contents}>
        <a href="/" className="brand">
          <Mark size={26} /> {words.title}
        </a>
        <input
          type="search"
          placeholder={words.find}
          aria-label={words.find}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        {[...groups].map(([tag, operations]) => (
          <section key={tag} aria-label={tag}>
            <h2>{tag}</h2>
            <ul>
              {operations.map((operation) => (
                <li key={operation.id}>
                  <a href={`#${operation.id}`}>
                    <Method name={operation.method} /> {operation.path.replace(/^\/api\//, "")}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <main>
        <h1>
          {words.title} <small>{document.info.version}</small>
        </h1>
        <p>{words.intro}</p>
        <p>
          <a href="/api/openapi.json">{words.document}</a>
        </p>
        {found.length === 0 && <p>{words.none}</p>}
        {found.map((operation) => (
          <OperationView key={operation.id} operation={operation} document={document} />
        ))}
      </main>
    </div>
  );
}

function useDocument(): { document: Document | null; failed: boolean } {
  const [document, setDocument] = useState<Document | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    fetch("/api/openapi.json")
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
      .then(setDocument)
      .catch(() => setFailed(true));
  }, []);
  // The parts exist only now, so the browser could not go to the one in the address.
  useEffect(() => {
    if (document) window.document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [document]);
  return { document, failed };
}

function Method({ name }: { name: string }): ReactNode {
  return (
    <span className="method" data-method={name}>
      {name.toUpperCase()}
    </span>
  );
}

function OperationView({
  operation,
  document,
}: {
  operation: Operation;
  document: Document;
}): ReactNode {
  const words = useWords(docsWords);
  return (
    <article id={operation.id}>
      <h3>
        <Method name={operation.method} /> <code>{operation.path}</code>
      </h3>
      <p className="summary">{operation.description || operation.summary}</p>
      {operation.parameters.length > 0 && (
        <Fields
          title={words.parameters}
          fields={operation.parameters.map((one) => ({
            name: one.name,
            note: one.in,
            schema: one.schema,
            required: one.required,
            description: one.description,
          }))}
        />
      )}
      {operation.body && (
        <SchemaView title={words.body} schema={operation.body} document={document} />
      )}
      <h4>{words.answers}</h4>
      {operation.answers.map((answer) => (
        <details key={answer.status} open={answer.status.startsWith("2")}>
          <summary>
            <code>{answer.status}</code> {answer.description}{" "}
            {answer.schema && <code>{describeType(answer.schema)}</code>}
          </summary>
          {answer.schema && <SchemaView schema={answer.schema} document={document} />}
        </details>
      ))}
    </article>
  );
}

function SchemaView({
  title,
  schema,
  document,
}: {
  title?: string;
  schema: Schema;
  document: Document;
}): ReactNode {
  const resolved = resolveSchema(schema, document);
  const heading = title ? `${title} · ${describeType(schema)}` : undefined;
  const properties = Object.entries(resolved?.properties ?? {});
  if (properties.length === 0) return heading ? <h4>{heading}</h4> : null;
  return (
    <>
      <Fields
        title={heading}
        fields={properties.map(([name, property]) => ({
          name,
          schema: property,
          required: resolved?.required?.includes(name),
          description: property.description,
        }))}
      />
      {properties.map(([name, property]) => (
        <Nested key={name} name={name} schema={property} document={document} />
      ))}
    </>
  );
}

/** One level further for a field that is a list or record of its own kind, such as `items`. */
function Nested({
  name,
  schema,
  document,
}: {
  name: string;
  schema: Schema;
  document: Document;
}): ReactNode {
  const inner = resolveSchema(schema, document);
  if (inner === schema || !inner?.properties) return null;
  return (
    <details className="nested">
      <summary>
        <code>{name}</code>: <code>{describeType(schema)}</code>
      </summary>
      <Fields
        fields={Object.entries(inner.properties).map(([key, property]) => ({
          name: key,
          schema: property,
          required: inner.required?.includes(key),
          description: property.description,
        }))}
      />
    </details>
  );
}

interface Field {
  name: string;
  note?: string;
  schema: Schema | undefined;
  required: boolean | undefined;
  description: string | undefined;
}

function Fields({ title, fields }: { title?: string; fields: Field[] }): ReactNode {
  const words = useWords(docsWords);
  return (
    <>
      {title && <h4>{title}</h4>}
      <dl>
        {fields.map((field) => (
          <div key={`${field.note} ${field.name}`}>
            <dt>
              <code>{field.name}</code>
              {field.required && <small>{words.required}</small>}
              {field.note && <small>{field.note}</small>}
            </dt>
            <dd>
              <code className="type">{describeType(field.schema)}</code> {field.description}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
