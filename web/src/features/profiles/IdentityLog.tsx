import type { ReactNode } from "react";
import type { Identity } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./IdentityTable.module.css";
import { profileWords } from "./profile-words";
import { useReason } from "./use-reason";

export function IdentityLog({ identity }: { identity: Identity }): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  const reasonOf = useReason();
  const values = new Map(
    [...identity.nodes, ...identity.others].map((node) => [node.key, node.value]),
  );
  const newest = identity.log.toSorted((a, b) => b.seq - a.seq);
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={words.log}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{words.seq}</th>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.identifier}</th>
            <th scope="col">{words.reason}</th>
            <th scope="col">{words.who}</th>
            <th scope="col">{words.when}</th>
          </tr>
        </thead>
        <tbody>
          {newest.map((entry) => (
            <tr key={entry.seq}>
              <td>{entry.seq}</td>
              <td>{words.kinds[entry.kind]}</td>
              <td>
                {values.get(entry.a) ?? `#${entry.a}`} – {values.get(entry.b) ?? `#${entry.b}`}
              </td>
              <td>{reasonOf(entry.reason)}</td>
              <td>{entry.actor ?? "Kizuna"}</td>
              <td>{format.dateTime(entry.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
