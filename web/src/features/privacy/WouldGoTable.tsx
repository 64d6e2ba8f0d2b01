import { Alert, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import type { WouldGo } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./PlainTable.module.css";
import { recordWords } from "./record-words";
import { sumWouldGo } from "./retention-rules";

/** What rules would remove now: in a sentence, and rule by rule. */
export function WouldGoTable({ items }: { items: WouldGo[] }): ReactNode {
  const words = useWords(recordWords).retention;
  const format = useFormat();
  const sums = sumWouldGo(items);
  const parts = sums.map(([kind, number]) => words.parts[kind](format.number(number)));
  return (
    <Stack gap="sm" role="status">
      <Alert color={sums.length > 0 ? "yellow" : "teal"}>
        {sums.length > 0 ? words.wouldGo(format.list(parts)) : words.nothing}
      </Alert>
      <section className={classes.scroll} tabIndex={0} aria-label={words.tryIt}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{words.rule}</th>
              <th scope="col">{words.before}</th>
              <th scope="col" className={classes.number}>
                {words.number}
              </th>
              <th scope="col">{words.oldest}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={`${item.kind} ${item.name}`}>
                <td>
                  {words.kinds[item.kind]} {item.name && <code>{item.name}</code>}
                </td>
                <td>{format.date(item.before)}</td>
                <td className={classes.number}>{format.number(item.number)}</td>
                <td>{item.oldest ? format.date(item.oldest) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Stack>
  );
}
