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

export type SecurityAction = "sessions" | "totp" | "link";

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
      {member.linked && (
        <Menu.Item color="red" onClick={() => onChoose("link")}>
          {words.releaseLink}
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
  const confirm = async () => {
    await carryOut(chosen ?? "sessions", member.id);
    toastDone(words.sessions.ended);
    await queries.invalidateQueries({ queryKey: membersQuery.queryKey });
  };
  const { action, effect } = {
    sessions: { action: words.members.endSessions, effect: words.members.endSessionsEffect },
    totp: { action: words.members.resetTotp, effect: words.members.resetTotpEffect },
    link: { action: words.members.releaseLink, effect: words.members.releaseLinkEffect },
  }[chosen ?? "sessions"];
  const dialogue = () => (
    <Confirm
      opened={chosen !== null}
      onClose={() => setChosen(null)}
      title={`${action}: ${member.name}`}
      effect={effect(member.name)}
      action={action}
      onConfirm={confirm}
    />
  );
  return [setChosen, dialogue];
}

function carryOut(action: SecurityAction, id: number): Promise<unknown> {
  const params = { path: { id } };
  switch (action) {
    case "totp":
      return unwrap(client.DELETE("/api/workspace/members/{id}/totp", { params }));
    case "link":
      return unwrap(client.DELETE("/api/workspace/members/{id}/provider-link", { params }));
    case "sessions":
      return unwrap(client.DELETE("/api/workspace/members/{id}/sessions", { params }));
  }
}
