import {
  Anchor,
  Button,
  Modal,
  NumberInput,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { Figure } from "@/components/Figure";
import { Loaded } from "@/components/Loaded";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { summaryQuery, suppressionsQuery } from "./request-queries";
import { requestWords } from "./request-words";

export function RequestFigures(): ReactNode {
  const words = useWords(requestWords).figures;
  const summary = useQuery(summaryQuery);
  const { data: kept } = useQuery(suppressionsQuery);
  return (
    <Stack gap="xs" mb="lg">
      <Loaded query={summary} skeleton={<Skeleton height={112} />}>
        {({ open, overdue, appi_days }) => (
          <>
            <Card>
              <SimpleGrid cols={{ base: 2, md: 4 }} spacing="lg">
                <Figure
                  label={words.open}
                  definition={words.openDefinition}
                  value={open}
                  period={words.now}
                />
                <Figure
                  label={words.overdue}
                  definition={words.overdueDefinition}
                  value={overdue}
                  period={words.now}
                  tone="person"
                />
                <Figure
                  label={words.erased}
                  definition={words.erasedDefinition}
                  value={kept?.erased ?? null}
                  period={words.now}
                />
                <Figure
                  label={words.suppressed}
                  definition={words.suppressedDefinition}
                  value={kept?.suppressed ?? null}
                  period={words.now}
                />
              </SimpleGrid>
            </Card>
            <Target days={appi_days} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Target({ days }: { days: number }): ReactNode {
  const words = useWords(requestWords).figures;
  const common = useWords(commonWords);
  const format = useFormat();
  const [opened, dialogue] = useDisclosure();
  return (
    <>
      <Text size="sm" c="dimmed">
        {words.target(format.number(days))} ·{" "}
        <Anchor component="button" type="button" size="sm" onClick={dialogue.open}>
          {common.edit}
        </Anchor>
      </Text>
      <Modal
        opened={opened}
        onClose={dialogue.close}
        title={words.targetTitle}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {opened && <TargetForm days={days} onDone={dialogue.close} />}
      </Modal>
    </>
  );
}

function TargetForm({ days, onDone }: { days: number; onDone: () => void }): ReactNode {
  const words = useWords(requestWords).figures;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [value, setValue] = useState<number | string>(days);
  const save = useMutation({
    mutationFn: () =>
      unwrap(client.PUT("/api/privacy/requests/target", { body: { appi_days: Number(value) } })),
    onSuccess: (summary) => {
      queries.setQueryData(summaryQuery.queryKey, summary);
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <NumberInput
          label={words.targetDays}
          description={words.targetHint}
          min={1}
          max={90}
          allowDecimal={false}
          value={value}
          onChange={setValue}
          error={save.error ? errorText(save.error) : undefined}
          data-autofocus
        />
        <Button type="submit" loading={save.isPending}>
          {common.save}
        </Button>
      </Stack>
    </form>
  );
}
