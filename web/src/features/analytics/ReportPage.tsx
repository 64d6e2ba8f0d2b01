import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { useWords } from "@/lib/words";
import { reportQuery } from "./analytics-queries";
import { Explorer } from "./Explorer";
import type { ExplorerSearch } from "./explorer-search";
import { explorerWords } from "./explorer-words";

/** A question that is kept: the explorer, which knows what it was when it was saved. */
export function ReportPage(): ReactNode {
  const { reportId } = useParams({ from: "/shell/insight/reports/$reportId" });
  return (
    <Permitted permission="reports.read">
      <Report key={reportId} id={Number(reportId)} />
    </Permitted>
  );
}

function Report({ id }: { id: number }): ReactNode {
  const words = useWords(explorerWords);
  const search = useSearch({ from: "/shell/insight/reports/$reportId" }) as ExplorerSearch;
  const navigate = useNavigate({ from: "/insight/reports/$reportId" });
  const query = useQuery(reportQuery(id));
  const report = query.data;
  if (!report?.query)
    return (
      <Page title={report?.name ?? "…"} parent={{ label: words.parent, to: "/insight/reports" }}>
        <Loaded query={query}>
          {(found) => <EmptyState title={words.hidden} hint={found.hidden ?? undefined} />}
        </Loaded>
      </Page>
    );
  return (
    <Explorer
      report={report}
      search={search}
      onSearch={(change, push) =>
        void navigate({
          search: ((now: ExplorerSearch) => ({ ...now, ...change })) as never,
          replace: !push,
          resetScroll: false,
        })
      }
    />
  );
}
