import { Alert, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { IconArchive, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Figure } from "@/components/Figure";
import { JobBar } from "@/components/JobBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { SegmentDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { jobsQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { ConditionTab } from "./ConditionTab";
import { DestinationsTab } from "./DestinationsTab";
import { HistoryTab } from "./HistoryTab";
import { MembersTab } from "./MembersTab";
import { OverlapTab } from "./OverlapTab";
import { SegmentMenu } from "./SegmentMenu";
import classes from "./SegmentPage.module.css";
import { KindText, StateBadge } from "./SegmentTexts";
import { segmentQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";
import { useLiveSegments } from "./use-live-segments";
import { useRebuild } from "./use-rebuild";

const BUILDING_POLL_MS = 2_000;

export function SegmentPage(): ReactNode {
  const { segmentId } = useParams({ from: "/shell/customers/segments/$segmentId" });
  return (
    <Permitted permission="segments.read">
      <SegmentView key={segmentId} id={Number(segmentId)} />
    </Permitted>
  );
}

function SegmentView({ id }: { id: number }): ReactNode {
  const words = useWords(segmentWords).page;
  const { pollMs } = useLiveSegments();
  const query = useQuery({
    ...segmentQuery(id),
    refetchInterval: ({ state }) => (state.data?.state === "building" ? BUILDING_POLL_MS : pollMs),
  });
  const segment = query.data;
  return (
    <Page
      title={segment?.name ?? (query.error ? `#${id}` : "…")}
      state={segment && <Facts segment={segment} />}
      parent={{ label: words.parent, to: "/customers/segments" }}
      action={segment && <Actions segment={segment} />}
    >
      <Loaded query={query}>
        {(found) => (
          <Stack gap="lg">
            <StateNotice segment={found} />
            <Figures segment={found} />
            <SegmentTabs segment={found} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ segment }: { segment: SegmentDetail }): ReactNode {
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <KindText segment={segment} />
        <StateBadge segment={segment} />
      </Group>
      {segment.description && (
        <Text size="sm" className={classes.text}>
          {segment.description}
        </Text>
      )}
    </Stack>
  );
}

function Actions({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const mayDo = useMayDo();
  return (
    <>
      {mayDo("segments.manage") && !segment.archived_at && (
        <Button
          component={Link}
          to={`/customers/segments/${segment.id}/edit`}
          leftSection={<IconPencil size={16} aria-hidden />}
        >
          {words.edit}
        </Button>
      )}
      <SegmentMenu segment={segment} />
    </>
  );
}

/** What a reader has to know before the figures: that they are of before, or that they stay as they are. */
function StateNotice({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  if (segment.archived_at)
    return (
      <Alert color="gray" icon={<IconArchive size={18} />} title={words.archivedTitle}>
        {words.archivedHint}
      </Alert>
    );
  if (segment.state === "failed") return <Failed segment={segment} />;
  return segment.state === "building" ? <Building segment={segment} /> : null;
}

function Failed({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const mayManage = useMayDo()("segments.manage");
  const rebuild = useRebuild(segment.id);
  return (
    <Alert color="red" title={words.failedTitle}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{words.failedHint}</Text>
        {segment.error && (
          <Text size="sm" className={classes.text}>
            {segment.error}
          </Text>
        )}
        {mayManage && segment.kind !== "static" && (
          <Button size="compact-sm" loading={rebuild.isPending} onClick={() => rebuild.mutate()}>
            {words.rebuild}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

function Building({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const { data } = useQuery({ ...jobsQuery, refetchInterval: BUILDING_POLL_MS });
  const job = data?.items.find((one) => one.id === segment.job_id);
  return (
    <Alert title={words.buildingTitle}>
      <Stack gap="xs">
        <Text size="sm">{words.buildingHint}</Text>
        {job && <JobBar job={job} />}
      </Stack>
    </Alert>
  );
}

function Figures({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const format = useFormat();
  const { size, people, entered_24h: entered, left_24h: left, ran_at: ranAt } = segment;
  const unknown = segment.state === "building" && size === 0;
  const share =
    people > 0 && !unknown
      ? words.shareOf(format.percent(size / people), format.number(people))
      : null;
  const asOf =
    segment.kind === "live" || !ranAt ? words.asOf : words.asOfRun(format.dateTime(ranAt));
  return (
    <div className={classes.figures}>
      <Figure
        label={words.people}
        definition={words.peopleHint}
        value={unknown ? null : size}
        period={share ? `${share} · ${asOf}` : asOf}
      />
      <Figure
        label={words.change}
        definition={words.changeHint}
        value={unknown ? null : entered + left}
        text={`+${format.number(entered)} −${format.number(left)}`}
        period={words.period24}
      />
    </div>
  );
}

const TABS = ["members", "history", "overlap", "destinations", "condition"] as const;

function SegmentTabs({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const { tab = "members" } = useSearch({ from: "/shell/customers/segments/$segmentId" });
  const navigate = useNavigate({ from: "/customers/segments/$segmentId" });
  const mayExport = useMayDo()("segments.export");
  const tabs = TABS.filter(
    (one) =>
      (one !== "condition" || segment.kind !== "static") && (one !== "destinations" || mayExport),
  );
  return (
    <Tabs
      value={tab}
      onChange={(next) =>
        void navigate({ search: { tab: next as typeof tab }, replace: true, resetScroll: false })
      }
      keepMounted={false}
    >
      <Tabs.List mb="md" className={classes.tabs}>
        {tabs.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {words[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="members">
        <MembersTab segment={segment} />
      </Tabs.Panel>
      <Tabs.Panel value="history">
        <HistoryTab segment={segment} />
      </Tabs.Panel>
      <Tabs.Panel value="overlap">
        <OverlapTab segment={segment} />
      </Tabs.Panel>
      <Tabs.Panel value="destinations">
        <DestinationsTab segment={segment} />
      </Tabs.Panel>
      <Tabs.Panel value="condition">
        <ConditionTab segment={segment} />
      </Tabs.Panel>
    </Tabs>
  );
}
