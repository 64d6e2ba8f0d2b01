import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import type { Identity, ProfileId } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./IdentityTable.module.css";
import { type RefusedJoin, readRefusals } from "./identity-rules";
import { profileWords } from "./profile-words";
import { useReason } from "./use-reason";

interface IdentityLogProps {
  identity: Identity;
  /** Given to whoever may merge. */
  onMerge: ((other: ProfileId) => void) | undefined;
}

/** What was joined, taken apart, and not joined. */
export function IdentityLog({ identity, onMerge }: IdentityLogProps): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  const reasonOf = useReason();
  const refusals = useMemo(() => readRefusals(identity), [identity]);
  const newest = identity.log.toSorted((a, b) => b.seq - a.seq);
  return (
    <>
      {refusals.size > 0 && (
        <Text component="div" size="sm" c="dimmed" mb="sm" maw={720}>
          <div>{words.refusedHint}</div>
          <div>{onMerge ? words.refusedMerge : words.refusedAsk}</div>
        </Text>
      )}
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
                  <NodeName identity={identity} nodeKey={entry.a} /> –{" "}
                  <NodeName identity={identity} nodeKey={entry.b} />
                </td>
                <td className={classes.reason}>
                  {reasonOf(entry.reason)}
                  <RefusedNow refused={refusals.get(entry.seq)} onMerge={onMerge} />
                </td>
                <td>{entry.actor ?? "Kizuna"}</td>
                <td>{format.dateTime(entry.at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** An identifier of another profile leads there. */
function NodeName({ identity, nodeKey }: { identity: Identity; nodeKey: number }): ReactNode {
  const own = identity.nodes.find((node) => node.key === nodeKey);
  if (own) return own.value;
  const other = identity.others.find((node) => node.key === nodeKey);
  if (!other) return `#${nodeKey}`;
  if (other.profile_id == null) return other.value;
  return (
    <Link
      to="/customers/profiles/$profileId"
      params={{ profileId: other.profile_id }}
      search={{ tab: "identity" }}
      title={other.profile_name ?? undefined}
    >
      {other.value}
    </Link>
  );
}

interface RefusedNowProps {
  refused: RefusedJoin | undefined;
  onMerge: IdentityLogProps["onMerge"];
}

/** How a refused join stands today, and what may be done about it. */
function RefusedNow({ refused, onMerge }: RefusedNowProps): ReactNode {
  const words = useWords(profileWords).identity;
  if (!refused) return null;
  const { other, state } = refused;
  if (state !== "apart") {
    return (
      <Text size="xs" c="dimmed">
        {state === "joined" ? words.refusedJoined : words.refusedNobody}
      </Text>
    );
  }
  const profileId = other?.profile_id;
  if (!onMerge || !other || profileId == null) return null;
  return (
    <Anchor component="button" size="xs" display="block" onClick={() => onMerge(profileId)}>
      {words.mergeWith(other.profile_name ?? other.value)}
    </Anchor>
  );
}
