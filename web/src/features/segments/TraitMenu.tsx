import { ActionIcon, Button, List, Menu, Modal, Stack, Text } from "@mantine/core";
import { IconDots, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { ComputedTrait } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { refreshTraits } from "./trait-queries";
import { traitWords } from "./trait-words";

/** What else can be done with a computed trait. */
export function TraitMenu({ trait }: { trait: ComputedTrait }): ReactNode {
  const words = useWords(traitWords).actions;
  const queries = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const rebuild = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/segments/traits/{id}/rebuild", { params: { path: { id: trait.id } } }),
      ),
    onSuccess: () => {
      toastDone(words.rebuilt);
      return refreshTraits(queries);
    },
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={words.more}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={() => rebuild.mutate()}
          >
            {words.rebuild}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => setRemoving(true)}
          >
            {words.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Remove trait={trait} opened={removing} onClose={() => setRemoving(false)} />
    </>
  );
}

interface RemoveProps {
  trait: ComputedTrait;
  opened: boolean;
  onClose: () => void;
}

/** One in use stays, and the dialogue names its users; another goes once it was confirmed. */
function Remove(props: RemoveProps): ReactNode {
  const { trait, opened, onClose } = props;
  const words = useWords(traitWords).actions;
  const format = useFormat();
  const queries = useQueryClient();
  const navigate = useNavigate();
  if (trait.used_by.length > 0) return <InUse {...props} />;
  const remove = async () => {
    await unwrap(
      client.DELETE("/api/segments/traits/{id}", { params: { path: { id: trait.id } } }),
    );
    toastDone(words.removed);
    await navigate({ to: "/customers/traits" });
    await refreshTraits(queries);
  };
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={words.removeTitle(trait.name)}
      effect={words.removeEffect(format.number(trait.people))}
      action={words.remove}
      typed={trait.name}
      onConfirm={remove}
    />
  );
}

function InUse({ trait, opened, onClose }: RemoveProps): ReactNode {
  const words = useWords(traitWords).actions;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.usedTitle(trait.name)}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <Stack>
        <Text size="sm">{words.used}</Text>
        <List size="sm">
          {trait.used_by.map((user) => (
            <List.Item key={user.id}>
              <Link
                to="/customers/segments/$segmentId"
                params={{ segmentId: String(user.id) }}
                onClick={onClose}
              >
                {user.name}
              </Link>
            </List.Item>
          ))}
        </List>
        <Button onClick={onClose} data-autofocus>
          {words.close}
        </Button>
      </Stack>
    </Modal>
  );
}
