import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { PrivacyRequestDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Facts } from "./Facts";
import classes from "./PlainTable.module.css";
import { readReceipt } from "./request-rules";
import { requestWords } from "./request-words";

interface RequestReceiptProps {
  request: PrivacyRequestDetail;
  receipt: Record<string, unknown>;
}

/** What came of a request: what was found in each store, and what has to be known with it. */
export function RequestReceipt({ request, receipt }: RequestReceiptProps): ReactNode {
  const words = useWords(requestWords).detail;
  const format = useFormat();
  const { stores, facts, notes, text } = readReceipt(receipt);
  const sayNote = useNotes();
  if (request.state === "refused") {
    return <Facts facts={[[words.refusedBecause, text]]} />;
  }
  return (
    <Stack gap="xs" component="section" aria-label={words.receipt}>
      <Title order={3} size="h4">
        {words.receipt}
      </Title>
      {text && <Facts facts={[[words.corrected, text]]} />}
      {stores.length > 0 && <StoreTable stores={stores} />}
      {facts.length > 0 && (
        <Text size="sm" c="dimmed">
          {facts
            .map(([name, value]) =>
              name === "bytes"
                ? `${words.bytes}: ${format.number(Math.ceil(value / 1024))} KB`
                : `${words[name]}: ${format.number(value)}`,
            )
            .join(" · ")}
        </Text>
      )}
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {sayNote(note)}
        </Text>
      ))}
    </Stack>
  );
}

function StoreTable({ stores }: { stores: [string, number][] }): ReactNode {
  const words = useWords(requestWords);
  const format = useFormat();
  const names: Record<string, string> = words.stores;
  const total = stores.reduce((sum, [, rows]) => sum + rows, 0);
  return (
    <table className={classes.table}>
      <caption>{words.detail.receiptHint}</caption>
      <thead>
        <tr>
          <th scope="col">{words.detail.store}</th>
          <th scope="col" className={classes.number}>
            {words.detail.rows}
          </th>
        </tr>
      </thead>
      <tbody>
        {stores.map(([name, rows]) => (
          <tr key={name}>
            <td>{names[name] ?? name}</td>
            <td className={classes.number}>{format.number(rows)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{words.detail.total}</th>
          <td className={classes.number}>{format.number(total)}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** The server writes notes in English; each is known by how it begins. */
function useNotes(): (note: string) => string {
  const { notes } = useWords(requestWords);
  return (note) => {
    if (note.startsWith("Uploaded files")) return notes.uploaded;
    if (note.startsWith("Of identifiers")) return notes.hashes;
    return note.startsWith("Backups") ? notes.backups : note;
  };
}
