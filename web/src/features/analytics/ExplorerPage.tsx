import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Permitted } from "@/components/NoPermission";
import { Explorer } from "./Explorer";
import type { ExplorerSearch } from "./explorer-search";

/** A question that is not kept yet. */
export function ExplorerPage(): ReactNode {
  const search = useSearch({ from: "/shell/insight/explorer" }) as ExplorerSearch;
  const navigate = useNavigate({ from: "/insight/explorer" });
  return (
    <Permitted permission="reports.read">
      <Explorer
        search={search}
        onSearch={(change, push) =>
          void navigate({
            search: ((now: ExplorerSearch) => ({ ...now, ...change })) as never,
            replace: !push,
            resetScroll: false,
          })
        }
      />
    </Permitted>
  );
}
