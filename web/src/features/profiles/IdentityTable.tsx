import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import type { Identity, IdentityNode } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import classes from "./IdentityTable.module.css";
import { profileWords } from "./profile-words";
import { useReason } from "./use-reason";

/** The same as the graph, for whoever reads better in rows. */
export function IdentityTable({
  identity,
  onSelect,
}: {
  identity: Identity;
  onSelect: (linkId: number) => void;
}): ReactNode {
  const words = useWords(profileWords).identity;
  const names = useNames();
  const format = useFormat();
  const reasonOf = useReason();
  const nodes = new Map(identity.nodes.map((node) => [node.key, node]));
  const nameNode = (node: IdentityNode | undefined) =>
    node ? `${names.identifier(node.type)} ${node.value}` : "–";
  if (identity.links.length === 0) {
    return (
      <ul>
        {identity.nodes.map((node) => (
          <li key={node.key}>
            {nameNode(node)} · {format.dateTime(node.first_seen)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={words.table}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              {words.identifier}
            </th>
            <th scope="col">{words.joined}</th>
            <th scope="col">{words.reason}</th>
          </tr>
        </thead>
        <tbody>
          {identity.links.map((link) => (
            <tr key={link.id}>
              <td>{nameNode(nodes.get(link.a))}</td>
              <td>{nameNode(nodes.get(link.b))}</td>
              <td>
                <Anchor component="button" size="sm" onClick={() => onSelect(link.id)}>
                  {format.dateTime(link.at)}
                </Anchor>
              </td>
              <td>{reasonOf(link.reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
