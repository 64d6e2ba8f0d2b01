import { ActionIcon, Menu, Text } from "@mantine/core";
import {
  IconArrowsMaximize,
  IconCopy,
  IconDots,
  IconFlag,
  IconMail,
  IconPin,
  IconShare,
  IconTrash,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { DashboardDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useMayDo } from "@/lib/session";
import { toastDone, toastError } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { dashboardWords } from "./dashboard-words";
import { HappenedDrawer } from "./HappenedDrawer";
import { usePin } from "./PinButton";
import { ScheduleDialog } from "./ScheduleDialog";
import { ShareDialog } from "./ShareDialog";

type Opened = "happened" | "share" | "schedule" | "delete" | null;

/** What can be done with a dashboard, besides changing it. */
export function DashboardActions({
  dashboard,
  onMeeting,
}: {
  dashboard: DashboardDetail;
  onMeeting: () => void;
}): ReactNode {
  const words = useWords(dashboardWords).page;
  const common = useWords(commonWords);
  const { language } = useLanguage();
  const mayManage = useMayDo()("reports.manage");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const pin = usePin();
  const copy = useCopyDashboard();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  const { ref, ready, pinned } = dashboard;
  const name = dashboard.title[language];
  const target = { kind: "dashboard" as const, ref, name };
  const remove = async () => {
    await unwrap(client.DELETE("/api/analytics/dashboards/{ref}", { params: { path: { ref } } }));
    toastDone(words.deleted);
    await navigate({ to: "/insight/dashboards", search: {} });
    await queries.invalidateQueries({ queryKey: ["analytics", "dashboards"] });
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={common.more}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconArrowsMaximize size={16} aria-hidden />} onClick={onMeeting}>
            {words.meeting}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconFlag size={16} aria-hidden />}
            onClick={() => setOpened("happened")}
          >
            {words.happened}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPin size={16} aria-hidden />}
            onClick={() => pin.mutate({ kind: "dashboard", id: ref, on: !pinned })}
          >
            {pinned ? words.unpin : words.pin}
          </Menu.Item>
          {mayManage && (
            <>
              <Menu.Item
                leftSection={<IconShare size={16} aria-hidden />}
                onClick={() => setOpened("share")}
              >
                {words.share}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconMail size={16} aria-hidden />}
                onClick={() => setOpened("schedule")}
              >
                {words.schedule}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconCopy size={16} aria-hidden />}
                onClick={() => copy.mutate(ref)}
              >
                {words.duplicate}
              </Menu.Item>
              {!ready && (
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={16} aria-hidden />}
                  onClick={() => setOpened("delete")}
                >
                  {words.delete}
                </Menu.Item>
              )}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <HappenedDrawer opened={opened === "happened"} onClose={close} />
      <ShareDialog opened={opened === "share"} onClose={close} target={target} />
      <ScheduleDialog opened={opened === "schedule"} onClose={close} target={target} />
      <Confirm
        opened={opened === "delete"}
        onClose={close}
        title={words.deleteTitle(name)}
        effect={<Text size="sm">{words.deleteEffect}</Text>}
        action={words.delete}
        onConfirm={remove}
      />
    </>
  );
}

/** A copy is one's own to change; it opens ready to be changed. */
export function useCopyDashboard() {
  const words = useWords(dashboardWords).page;
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (ref: string) =>
      unwrap(
        client.POST("/api/analytics/dashboards/{ref}/duplicate", {
          params: { path: { ref } },
          body: {},
        }),
      ),
    onSuccess: async (made) => {
      toastDone(words.copied);
      await queries.invalidateQueries({ queryKey: ["analytics", "dashboards"] });
      await navigate({
        to: "/insight/dashboards/$ref",
        params: { ref: made.ref },
        search: { edit: true },
      });
    },
    onError: (error) => toastError(error.message),
  });
}
