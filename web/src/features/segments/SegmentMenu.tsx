import { ActionIcon, Button, List, Menu, Modal, Stack, Text } from "@mantine/core";
import {
  IconArchive,
  IconCamera,
  IconDotsVertical,
  IconDownload,
  IconRefresh,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { SegmentDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { ExportDialog } from "./ExportDialog";
import { SnapshotDialog } from "./SnapshotDialog";
import { refreshSegments } from "./segment-queries";
import { segmentWords } from "./segment-words";
import { useRebuild } from "./use-rebuild";

type Dialogue = "export" | "snapshot" | "archive";

/** What else can be done with a segment, by what the member may do. */
export function SegmentMenu({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).page;
  const mayDo = useMayDo();
  const [open, setOpen] = useState<Dialogue>();
  const rebuild = useRebuild(segment.id);
  const mayExport = mayDo("segments.export") && mayDo("profiles.read");
  const mayManage = mayDo("segments.manage");
  const alive = !segment.archived_at;
  if (!(mayExport || (mayManage && alive))) return null;
  const close = () => setOpen(undefined);
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={words.more}>
            <IconDotsVertical size={17} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {mayExport && (
            <Menu.Item
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => setOpen("export")}
            >
              {words.export}
            </Menu.Item>
          )}
          {mayManage && (
            <Menu.Item
              leftSection={<IconCamera size={16} aria-hidden />}
              onClick={() => setOpen("snapshot")}
            >
              {words.snapshot}
            </Menu.Item>
          )}
          {mayManage && alive && segment.kind !== "static" && (
            <Menu.Item
              leftSection={<IconRefresh size={16} aria-hidden />}
              onClick={() => rebuild.mutate()}
            >
              {words.rebuild}
            </Menu.Item>
          )}
          {mayManage && alive && (
            <Menu.Item
              color="red"
              leftSection={<IconArchive size={16} aria-hidden />}
              onClick={() => setOpen("archive")}
            >
              {words.archive}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <ExportDialog segment={segment} opened={open === "export"} onClose={close} />
      <SnapshotDialog segment={segment} opened={open === "snapshot"} onClose={close} />
      <Archive segment={segment} opened={open === "archive"} onClose={close} />
    </>
  );
}

interface DialogueProps {
  segment: SegmentDetail;
  opened: boolean;
  onClose: () => void;
}

/** One in use stays, and the dialogue names its users; another goes once it was confirmed. */
function Archive(props: DialogueProps): ReactNode {
  const { segment, opened, onClose } = props;
  const words = useWords(segmentWords).archive;
  const format = useFormat();
  const queries = useQueryClient();
  const navigate = useNavigate();
  if (segment.used_by_names.length > 0) return <InUse {...props} />;
  const archive = async () => {
    await unwrap(client.DELETE("/api/segments/{id}", { params: { path: { id: segment.id } } }));
    toastDone(words.done);
    await refreshSegments(queries);
    await navigate({ to: "/customers/segments" });
  };
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={words.title(segment.name)}
      effect={words.effect(format.number(segment.size))}
      action={words.action}
      onConfirm={archive}
    />
  );
}

function InUse({ segment, opened, onClose }: DialogueProps): ReactNode {
  const words = useWords(segmentWords).archive;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.usedTitle(segment.name)}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <Stack>
        <Text size="sm">{words.used}</Text>
        <List size="sm">
          {segment.used_by_names.map((user) => (
            <List.Item key={`${user.kind} ${user.id}`}>
              {user.kind === "segment" ? (
                <Link
                  to="/customers/segments/$segmentId"
                  params={{ segmentId: String(user.id) }}
                  onClick={onClose}
                >
                  {user.name}
                </Link>
              ) : (
                user.name
              )}
            </List.Item>
          ))}
        </List>
        <Text size="sm" c="dimmed">
          {words.usedHint}
        </Text>
        <Button onClick={onClose} data-autofocus>
          {words.close}
        </Button>
      </Stack>
    </Modal>
  );
}
