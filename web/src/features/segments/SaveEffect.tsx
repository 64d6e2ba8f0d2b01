import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconUserMinus, IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Condition } from "@/components/conditions/condition";
import type { ConditionPreview, SegmentDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import { askDifference } from "./segment-draft";
import { previewQuery } from "./segment-queries";

const NAMES_SHOWN = 3;

/** Before a new condition is saved: who would come in, who would leave, and what builds on the segment. */
export function SaveEffect({
  segment,
  condition,
}: {
  segment: SegmentDetail;
  condition: Condition;
}): ReactNode {
  const words = useWords(formWords).effect;
  const format = useFormat();
  const { entering, leaving } = askDifference(segment.id, condition);
  const enters = useQuery(previewQuery(entering));
  const leaves = useQuery(previewQuery(leaving));
  const failed = enters.isError || leaves.isError;
  const same = enters.data?.size === 0 && leaves.data?.size === 0;
  const users = segment.used_by_names.map((user) => user.name);
  return (
    <Stack gap="sm">
      {failed && <Text size="sm">{words.unknown}</Text>}
      {!failed && same && <Text size="sm">{words.same}</Text>}
      {!failed && !same && (
        <>
          <Side
            icon={IconUserPlus}
            preview={enters.data}
            say={words.enters}
            none={words.nobodyEnters}
          />
          <Side
            icon={IconUserMinus}
            preview={leaves.data}
            say={words.leaves}
            none={words.nobodyLeaves}
          />
        </>
      )}
      {users.length > 0 && <Text size="sm">{words.users(format.list(users))}</Text>}
      <Text size="sm" c="dimmed">
        {words.rebuild}
      </Text>
    </Stack>
  );
}

interface SideProps {
  icon: typeof IconUserPlus;
  preview: ConditionPreview | undefined;
  say: (n: string) => string;
  none: string;
}

function Side({ icon: Icon, preview, say, none }: SideProps): ReactNode {
  const words = useWords(formWords).effect;
  const format = useFormat();
  if (!preview) return <Skeleton height={22} width={220} />;
  const names = preview.sample
    .map((person) => person.name ?? person.email)
    .filter((name) => name !== null && name !== undefined)
    .slice(0, NAMES_SHOWN);
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Icon size={18} aria-hidden style={{ flex: "none", marginTop: 1 }} />
      <div>
        <Text size="sm" fw={500}>
          {preview.size === 0 ? none : say(format.number(preview.size))}
        </Text>
        {preview.size > 0 && names.length > 0 && (
          <Text size="xs" c="dimmed">
            {words.example(format.list(names))}
          </Text>
        )}
      </div>
    </Group>
  );
}
