import { useQuery } from "@tanstack/react-query";
import type { Source } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { SEEN_PROFILE, usePreference } from "@/lib/preferences";
import { membersQuery, sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";

export type StepKey = "source" | "event" | "import" | "profile" | "invite";

interface Step {
  key: StepKey;
  done: boolean;
}

interface Steps {
  steps: Step[];
  sources: Source[];
  /** False until everything has answered, so that no list flashes up that is done already. */
  known: boolean;
}

const POLL_MS = 5_000;

export function useSteps(): Steps {
  const may = useMayDo();
  const [seenProfile] = usePreference(SEEN_PROFILE, false);
  const maySource = may("collect.manage");
  const mayImport = may("imports.run");
  const mayInvite = may("members.manage");
  const sources = useQuery({
    ...sourcesQuery,
    enabled: maySource,
    refetchInterval: ({ state }) => (state.data?.items.some(hasSent) ? false : POLL_MS),
  });
  const imports = useQuery({
    queryKey: ["collect", "imports"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/collect/imports", { signal })),
    enabled: mayImport,
  });
  const members = useQuery({ ...membersQuery, enabled: mayInvite });
  const invitations = useQuery({
    queryKey: ["workspace", "invitations"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/invitations", { signal })),
    enabled: mayInvite,
  });
  const live = sources.data?.items.filter((source) => source.kind !== "import") ?? [];
  const steps: (Step & { may: boolean })[] = [
    { key: "source", may: maySource, done: live.length > 0 },
    { key: "event", may: maySource, done: live.some(hasSent) },
    {
      key: "import",
      may: mayImport,
      done: imports.data?.items.some((run) => !run.dry_run && run.state === "done") ?? false,
    },
    { key: "profile", may: may("profiles.read"), done: seenProfile },
    {
      key: "invite",
      may: mayInvite,
      done: (members.data?.items.length ?? 0) > 1 || (invitations.data?.items.length ?? 0) > 0,
    },
  ];
  const asked = [
    [maySource, sources],
    [mayImport, imports],
    [mayInvite, members],
    [mayInvite, invitations],
  ] as const;
  return {
    steps: steps.filter((step) => step.may).map(({ key, done }) => ({ key, done })),
    sources: live,
    known: asked.every(([allowed, query]) => !allowed || !query.isPending),
  };
}

function hasSent(source: Source): boolean {
  return source.last_event_at !== null && source.kind !== "import";
}
