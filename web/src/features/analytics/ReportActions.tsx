import { ActionIcon, Menu, Text } from "@mantine/core";
import {
  IconCopy,
  IconDots,
  IconFlag,
  IconLayoutDashboard,
  IconMail,
  IconShare,
  IconTrash,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { AnswerLook, Question, ReportDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone, toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { AddToDashboard } from "./AddToDashboard";
import { explorerWords } from "./explorer-words";
import { HappenedDrawer } from "./HappenedDrawer";
import { ScheduleDialog } from "./ScheduleDialog";
import { ShareDialog } from "./ShareDialog";

interface ReportActionsProps {
  report: ReportDetail | undefined;
  question: Question;
  look: AnswerLook;
}

type Opened = "dashboard" | "happened" | "share" | "schedule" | "delete" | null;

/** What can be done with what is looked at, besides saving it. */
export function ReportActions({ report, question, look }: ReportActionsProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  const format = useFormat();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  if (!useMayDo()("reports.manage")) return null;
  const refresh = () => queries.invalidateQueries({ queryKey: ["analytics", "reports"] });
  const duplicate = async () => {
    if (!report) return;
    try {
      const copy = await unwrap(
        client.POST("/api/analytics/reports/{id}/duplicate", {
          params: { path: { id: report.id } },
          body: {},
        }),
      );
      toastDone(words.copied);
      await refresh();
      await navigate({
        to: "/insight/reports/$reportId",
        params: { reportId: String(copy.id) },
        search: {},
      });
    } catch (error) {
      toastError((error as Error).message);
    }
  };
  const remove = async () => {
    if (!report) return;
    await unwrap(
      client.DELETE("/api/analytics/reports/{id}", { params: { path: { id: report.id } } }),
    );
    toastDone(words.deleted);
    await navigate({ to: "/insight/reports", search: {} });
    await refresh();
  };
  const needs = report ? undefined : words.needsReport;
  const target = report && { kind: "report" as const, ref: String(report.id), name: report.name };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={common.more}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconLayoutDashboard size={16} aria-hidden />}
            onClick={() => setOpened("dashboard")}
          >
            {words.addToDashboard}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconFlag size={16} aria-hidden />}
            onClick={() => setOpened("happened")}
          >
            {words.happened}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconShare size={16} aria-hidden />}
            disabled={!report}
            onClick={() => setOpened("share")}
          >
            {words.share}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconMail size={16} aria-hidden />}
            disabled={!report}
            onClick={() => setOpened("schedule")}
          >
            {words.schedule}
          </Menu.Item>
          {needs && (
            <Text size="xs" c="dimmed" px="sm" py={4}>
              {needs}
            </Text>
          )}
          {report && (
            <>
              <Menu.Item
                leftSection={<IconCopy size={16} aria-hidden />}
                onClick={() => void duplicate()}
              >
                {words.duplicate}
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => setOpened("delete")}
              >
                {words.delete}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <AddToDashboard
        opened={opened === "dashboard"}
        onClose={close}
        question={question}
        look={look}
        report={report}
        title={report?.name ?? ""}
      />
      <HappenedDrawer opened={opened === "happened"} onClose={close} />
      {target && (
        <>
          <ShareDialog opened={opened === "share"} onClose={close} target={target} />
          <ScheduleDialog opened={opened === "schedule"} onClose={close} target={target} />
          <Confirm
            opened={opened === "delete"}
            onClose={close}
            title={words.deleteTitle(target.name)}
            effect={
              <Text size="sm">
                {report && report.dashboards.length > 0
                  ? words.usedBy(format.list(report.dashboards.map((one) => one.name)))
                  : words.deleteEffect}
              </Text>
            }
            action={words.delete}
            onConfirm={remove}
          />
        </>
      )}
    </>
  );
}
