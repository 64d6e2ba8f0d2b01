import { VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import type { RolePermissions } from "@/lib/api";
import { useNames } from "@/lib/names";
import { usePermissionNames } from "@/lib/permission-words";
import { rolesQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import classes from "./RolesPage.module.css";
import { settingsWords } from "./settings-words";

export function RolesPage(): ReactNode {
  const words = useWords(settingsWords).roles;
  const query = useQuery(rolesQuery);
  return (
    <Page title={words.title} state={words.state}>
      <Loaded query={query}>{(roles) => <Matrix roles={roles} />}</Loaded>
    </Page>
  );
}

function Matrix({ roles }: { roles: RolePermissions[] }): ReactNode {
  const words = useWords(settingsWords).roles;
  const names = useNames();
  const permissions = [...new Set(roles.flatMap((role) => role.permissions))];
  const nameOf = usePermissionNames();
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={words.title}>
      <table className={classes.matrix}>
        <thead>
          <tr>
            <th scope="col">{words.permission}</th>
            {roles.map(({ role }) => (
              <th key={role} scope="col">
                {names.role(role)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissions.map((permission) => (
            <tr key={permission}>
              <th scope="row">
                {nameOf(permission)}
                <code>{permission}</code>
              </th>
              {roles.map((role) => (
                <td key={role.role}>
                  <Mark allowed={role.permissions.includes(permission)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Mark({ allowed }: { allowed: boolean }): ReactNode {
  const words = useWords(settingsWords).roles;
  return (
    <>
      {allowed ? (
        <IconCheck size={17} className={classes.yes} aria-hidden />
      ) : (
        <span aria-hidden>–</span>
      )}
      <VisuallyHidden>{allowed ? words.allowed : words.denied}</VisuallyHidden>
    </>
  );
}
