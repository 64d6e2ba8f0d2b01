import { Button, NumberInput, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import type { Source } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

const GRACE_HOURS = 24;
const GRACE_HOURS_MAX = 720;

export function RotateKey({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  const mayManage = useMayDo()("collect.manage");
  const queries = useQueryClient();
  const [opened, dialogue] = useDisclosure();
  const [hours, setHours] = useState(GRACE_HOURS);
  if (!mayManage) return null;
  const rotate = async () => {
    await unwrap(
      client.POST("/api/collect/sources/{source_id}/rotate", {
        params: { path: { source_id: source.id } },
        body: { grace_hours: hours },
      }),
    );
    await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
  };
  return (
    <>
      <Button variant="default" size="xs" onClick={dialogue.open}>
        {words.rotate}
      </Button>
      <Confirm
        opened={opened}
        onClose={dialogue.close}
        title={words.rotateTitle}
        action={words.rotate}
        dangerous={false}
        onConfirm={rotate}
        effect={
          <Stack>
            <Text size="sm">{words.rotateEffect(format.number(hours))}</Text>
            <NumberInput
              label={words.graceHours}
              min={0}
              max={GRACE_HOURS_MAX}
              value={hours}
              onChange={(next) => setHours(Number(next) || 0)}
            />
          </Stack>
        }
      />
    </>
  );
}
