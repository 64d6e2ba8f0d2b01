import { Anchor, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { JobBar } from "@/components/JobBar";
import { Loaded } from "@/components/Loaded";
import { SideDrawer } from "@/components/SideDrawer";
import type { PrivacyRequestDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { ArchiveLink } from "./ArchiveLink";
import { DueBar } from "./DueBar";
import { Facts } from "./Facts";
import { RequestActions } from "./RequestActions";
import { RequestReceipt } from "./RequestReceipt";
import { RequestStateBadge } from "./RequestTable";
import { jobQuery, profileQuery, requestQuery } from "./request-queries";
import { isOpen } from "./request-rules";
import { requestWords } from "./request-words";

const POLL_MS = 2_000;

export function RequestDrawer(): ReactNode {
  const { request: id } = useSearch({ from: "/shell/settings/privacy/requests" });
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  return (
    <SideDrawer
      opened={id !== undefined}
      onClose={() =>
        void navigate({
          search: (now) => compact({ ...now, request: undefined }),
          resetScroll: false,
        })
      }
      title={id !== undefined && <DrawerTitle id={id} />}
    >
      {id !== undefined && <RequestLoaded key={id} id={id} />}
    </SideDrawer>
  );
}

function DrawerTitle({ id }: { id: number }): ReactNode {
  const words = useWords(requestWords);
  const format = useFormat();
  const { data } = useQuery(requestQuery(id));
  return data ? words.detail.title(words.kinds[data.kind].name, format.number(id)) : "…";
}

function RequestLoaded({ id }: { id: number }): ReactNode {
  const query = useQuery({
    ...requestQuery(id),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? POLL_MS : false),
  });
  return <Loaded query={query}>{(request) => <RequestView request={request} />}</Loaded>;
}

function RequestView({ request }: { request: PrivacyRequestDetail }): ReactNode {
  const words = useWords(requestWords);
  const names = useNames();
  const format = useFormat();
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {words.kinds[request.kind].hint}
      </Text>
      <Facts
        facts={[
          [words.table.state, <RequestStateBadge key="state" state={request.state} />],
          [words.table.due, <DueBar key="due" request={request} />],
          [words.table.received, format.dateTime(request.received_at)],
          request.finished_at && [words.detail.finished, format.dateTime(request.finished_at)],
          [words.detail.about, <About key="about" request={request} />],
          [words.table.law, words.laws[request.law]],
          [words.table.via, words.vias[request.via]],
          [words.detail.receivedBy, names.actor(request.actor_name)],
          request.note && [words.detail.note, request.note],
          request.extended_reason && [words.detail.extended, request.extended_reason],
        ]}
      />
      {request.job_id !== null && <RequestJob id={request.job_id} />}
      {isOpen(request) && <RequestActions request={request} />}
      {request.kind === "access" && request.state === "done" && <ArchiveLink request={request} />}
      {request.receipt && <RequestReceipt request={request} receipt={request.receipt} />}
    </Stack>
  );
}

function RequestJob({ id }: { id: number }): ReactNode {
  const { data: job } = useQuery({
    ...jobQuery(id),
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : POLL_MS),
  });
  return job ? <JobBar job={job} /> : null;
}

function About({ request }: { request: PrivacyRequestDetail }): ReactNode {
  const words = useWords(requestWords);
  const format = useFormat();
  const people = words.table.aboutOf(format.number(request.subjects));
  if (request.profile_ids.length > 0) {
    return (
      <Stack gap={2}>
        {request.profile_ids.map((id) => (
          <ProfileName key={id} id={id} />
        ))}
      </Stack>
    );
  }
  return (
    <>
      {people}
      <Text size="xs" c="dimmed">
        {isOpen(request) ? words.detail.unknown : words.detail.gone}
      </Text>
    </>
  );
}

function ProfileName({ id }: { id: string }): ReactNode {
  const mayRead = useMayDo()("profiles.read");
  const { data } = useQuery({ ...profileQuery(id), enabled: mayRead });
  const name = data?.name ?? data?.email ?? data?.user_id ?? id.slice(0, 8);
  return (
    <Anchor
      component={Link}
      to="/customers/profiles/$profileId"
      params={{ profileId: id } as never}
      size="sm"
    >
      {name}
    </Anchor>
  );
}
