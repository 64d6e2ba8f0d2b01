import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { Member } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { membersQuery } from "@/lib/queries";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { signInWords } from "./sign-in-words";

export type SecurityAction = "sessions" | "totp";

/** What somebody who manages members can do when a member's device or phone is lost. */
export function MemberSecurityItems({
  member,
  onChoose,
}: {
  member: Member;
  onChoose: (action: SecurityAction) => void;
}): ReactNode {
  const words = useWords(signInWords).members;
  return (
    <>
      <Menu.Item onClick={() => onChoose("sessions")}>{words.endSessions}</Menu.Item>
      {member.totp && (
        <Menu.Item color="red" onClick={() => onChoose("totp")}>
          {words.resetTotp}
        </Menu.Item>
      )}
    </>
  );
}

export function useSecurityAction(
  member: Member,
): [(action: SecurityAction) => void, () => ReactNode] {
  const words = useWords(signInWords);
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<SecurityAction | null>(null);
  const params = { path: { id: member.id } };
  const confirm = async () => {
    if (chosen === "totp")
      await unwrap(client.DELETE("/api/workspace/members/{id}/totp", { params }));
    else await unwrap(client.DELETE("/api/workspace/members/{id}/sessions", { params }));
    toastDone(words.sessions.ended);
    await queries.invalidateQueries({ queryKey: membersQuery.queryKey });
  };
  const totp = chosen === "totp";
  const action = totp ? words.members.resetTotp : words.members.endSessions;
  const dialogue = () => (
    <Confirm
      opened={chosen !== null}
      onClose={() => setChosen(null)}
      title={`${action}: ${member.name}`}
      effect={
        totp
          ? words.members.resetTotpEffect(member.name)
          : words.members.endSessionsEffect(member.name)
      }
      action={action}
      onConfirm={confirm}
    />
  );
  return [setChosen, dialogue];
}
