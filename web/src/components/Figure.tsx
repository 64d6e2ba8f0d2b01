import { Group, Stack, Text, Tooltip } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconInfoCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./Figure.module.css";

interface FigureProps {
  label: string;
  definition: string;
  /** Nothing yet: said, not drawn as a zero. */
  value: number | null;
  text?: string;
  period: string;
  comparison?: { share: number; period: string };
  n?: number;
  /** The way to the records behind the number. */
  to?: string;
  tone?: "calm" | "person";
}

export function Figure(props: FigureProps): ReactNode {
  const format = useFormat();
  const words = useWords(commonWords);
  const { value, comparison } = props;
  const shown = value === null ? words.notEnoughData : (props.text ?? format.number(value));
  return (
    <Stack gap={2} className={classes.figure} data-tone={value ? props.tone : undefined}>
      <Group gap={4} wrap="nowrap">
        <Text size="sm" c="dimmed">
          {props.label}
        </Text>
        <Tooltip label={props.definition}>
          <button
            type="button"
            className={classes.info}
            aria-label={`${words.definition}: ${props.definition}`}
          >
            <IconInfoCircle size={14} />
          </button>
        </Tooltip>
      </Group>
      {props.to && value !== null ? (
        <Link to={props.to as "/"} className={classes.value}>
          {shown}
        </Link>
      ) : (
        <span className={value === null ? classes.absent : classes.value}>{shown}</span>
      )}
      <Group gap="xs">
        <Text size="xs" c="dimmed">
          {props.period}
          {props.n !== undefined && ` · ${words.sample(format.number(props.n))}`}
        </Text>
        {comparison && <Comparison {...comparison} />}
      </Group>
    </Stack>
  );
}

function Comparison({ share, period }: { share: number; period: string }): ReactNode {
  const format = useFormat();
  const words = useWords(commonWords);
  const Icon = share >= 0 ? IconArrowUpRight : IconArrowDownRight;
  const sign = share >= 0 ? "+" : "−";
  return (
    <Text size="xs" component="span" className={classes.comparison}>
      <Icon size={13} aria-hidden />
      {words.versus(`${sign}${format.percent(Math.abs(share))}`, period)}
    </Text>
  );
}
