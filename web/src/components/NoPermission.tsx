import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { usePermissionNames } from "@/lib/permission-words";
import { useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { EmptyState } from "./EmptyState";

export function NoPermission({ permission }: { permission?: string }): ReactNode {
  const words = useWords(commonWords);
  const nameOf = usePermissionNames();
  return (
    <EmptyState
      title={words.noPermissionTitle}
      hint={words.noPermissionHint}
      example={
        permission && (
          <>
            {words.noPermissionNeeds(nameOf(permission))} <code>{permission}</code>
          </>
        )
      }
    />
  );
}

/** Shows its children to members who may see them, and to others whom to ask. */
export function Permitted({
  permission,
  children,
}: {
  permission: string;
  children: ReactNode;
}): ReactNode {
  const { permissions } = useMe();
  return permissions.includes(permission) ? children : <NoPermission permission={permission} />;
}
