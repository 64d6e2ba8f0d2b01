import { Button, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/EmptyState";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import type { Answer, ProfileId, Purpose } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import classes from "./AnswerLog.module.css";
import { consentWords } from "./consent-words";
import { answersQuery } from "./privacy-queries";
import { useTerms } from "./use-terms";

interface AnswerLogProps {
  profileId: ProfileId;
  purposes: Purpose[];
}

/** Every answer that the customer gave, newest first. */
export function AnswerLog({ profileId, purposes }: AnswerLogProps): ReactNode {
  const words = useWords(consentWords).person;
  const common = useWords(commonWords);
  const query = useInfiniteQuery(answersQuery(profileId));
  return (
    <Loaded
      query={{ data: query.data, error: query.error, refetch: query.refetch as never }}
      skeleton={<RowsSkeleton rows={3} />}
    >
      {({ pages }) => {
        const answers = pages.flatMap((page) => page.items);
        if (answers.length === 0) {
          return (
            <EmptyState
              title={words.noAnswers}
              hint={words.noAnswersHint}
              example={words.noAnswersExample}
            />
          );
        }
        return (
          <Stack gap="sm" align="flex-start">
            <ol className={classes.log} aria-label={words.log}>
              {answers.map((answer) => (
                <AnswerLine
                  key={answer.id}
                  answer={answer}
                  purpose={purposes.find((one) => one.key === answer.purpose)}
                />
              ))}
            </ol>
            {query.hasNextPage && (
              <Button
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {common.loadMore}
              </Button>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

function AnswerLine({
  answer,
  purpose,
}: {
  answer: Answer;
  purpose: Purpose | undefined;
}): ReactNode {
  const words = useWords(consentWords).person;
  const format = useFormat();
  const terms = useTerms();
  const names = useNames();
  const { note } = answer.proof;
  const Icon = answer.granted ? IconCheck : IconX;
  const about = [
    terms.purpose(purpose, answer.purpose),
    answer.channel && terms.channel(answer.channel),
  ];
  const source = terms.source(answer.source);
  const by = names.actor(answer.recorded_by);
  const origin = [
    source,
    by !== source && by,
    answer.text_version !== null && words.version(format.number(answer.text_version)),
    !answer.knowing && words.inferred,
  ];
  return (
    <li>
      <div className={classes.what}>
        <Text span size="sm" fw={600} c={answer.granted ? "teal" : "red"}>
          <Icon size={14} stroke={2.4} aria-hidden className={classes.icon} />
          {answer.granted ? words.agreed : words.refused}
        </Text>
        <Text span size="sm">
          {about.filter(Boolean).join(" · ")}
        </Text>
        <Text span size="xs" c="dimmed">
          {format.dateTime(answer.at)}
        </Text>
      </div>
      {typeof note === "string" && note && <Text size="sm">{note}</Text>}
      <Text size="xs" c="dimmed">
        {origin.filter(Boolean).join(" · ")}
      </Text>
    </li>
  );
}
