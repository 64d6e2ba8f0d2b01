import { Badge, Button, Group, Text } from "@mantine/core";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Cell } from "@/components/answer/answer-read";
import { Card } from "@/components/Card";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import type { AnswerLook, Metric, MetricAnswer, Question, ReportDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useMayDo } from "@/lib/session";
import { toastError } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { AnswerPanel } from "./AnswerPanel";
import { annotationsQuery, metricsQuery } from "./analytics-queries";
import { lookOf } from "./default-looks";
import classes from "./explorer.module.css";
import type { ExplorerSearch } from "./explorer-search";
import { explorerWords } from "./explorer-words";
import { FormFaults, useFaults } from "./form-places";
import { MetricChoice } from "./MetricPicker";
import { OpenedPeople } from "./OpenedPeople";
import { QuestionBar } from "./QuestionBar";
import { QuestionPanel } from "./QuestionPanel";
import { changeMetric, isSame } from "./question";
import { ReportActions } from "./ReportActions";
import { RunLine } from "./RunLine";
import { RunPanel } from "./RunPanel";
import { SaveReport } from "./SaveReport";
import { useAnswer } from "./use-answer";

interface ExplorerProps {
  search: ExplorerSearch;
  onSearch: (change: ExplorerSearch, push?: boolean) => void;
  report?: ReportDetail;
}

const PLAIN: AnswerLook = {};

/** Ask, look, refine. The question is in the address; a report is a question with a name. */
export function Explorer({ search, onSearch, report }: ExplorerProps): ReactNode {
  const words = useWords(explorerWords);
  const { language } = useLanguage();
  const metrics = useQuery(metricsQuery);
  const catalogue = useQuery({ ...catalogueQuery, enabled: useMayDo()("segments.read") });
  const question = search.q ?? report?.query ?? undefined;
  const metric = metrics.data?.find((one) => one.key === question?.metric);
  const choose = (next: Metric) =>
    onSearch(
      {
        q: changeMetric(question, next, catalogue.data?.events ?? []),
        look: undefined,
        cell: undefined,
        run: undefined,
      } as ExplorerSearch,
      true,
    );
  if (question && metric && metrics.data)
    return (
      <Asking
        // A report that was saved begins anew; a metric keeps its form.
        key={report?.updated_at ?? "new"}
        metrics={metrics.data}
        metric={metric}
        question={question}
        look={search.look ?? report?.view ?? PLAIN}
        shown={lookOf(metric.key, search.look ?? report?.view)}
        search={search}
        onSearch={onSearch}
        onMetric={choose}
        report={report}
      />
    );
  return (
    <Page
      title={report?.name ?? words.title}
      state={report?.metric_title?.[language] ?? words.state}
      {...(report && { parent: { label: words.parent, to: "/insight/reports" as const } })}
    >
      <Loaded query={metrics}>
        {(all) => (
          <Card title={words.emptyTitle} hint={words.emptyHint}>
            <MetricChoice metrics={all} onChoose={choose} />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

interface AskingProps {
  metrics: Metric[];
  metric: Metric;
  question: Question;
  look: AnswerLook;
  /** The same, with what is usual for the metric. */
  shown: AnswerLook;
  search: ExplorerSearch;
  onSearch: (change: ExplorerSearch, push?: boolean) => void;
  onMetric: (metric: Metric) => void;
  report: ReportDetail | undefined;
}

function Asking(props: AskingProps): ReactNode {
  const { metric, question, look, search, onSearch, report } = props;
  const words = useWords(explorerWords);
  const { language } = useLanguage();
  const mayManage = useMayDo()("reports.manage");
  const asked = useAnswer(question, metric);
  const faults = useFaults(asked.error);
  const happened = useHappened(asked.answer);
  const ask = (q: Question) => onSearch({ q, run: undefined, cell: undefined } as ExplorerSearch);
  const changed =
    report !== undefined &&
    (!isSame(question, report.query) ||
      JSON.stringify(look) !== JSON.stringify(report.view ?? PLAIN));
  const inBackground = async () => {
    if (!asked.question) return;
    try {
      const run = await unwrap(
        client.POST("/api/analytics/runs", { body: { query: asked.question } }),
      );
      onSearch({ run: run.id }, true);
    } catch (error) {
      toastError((error as Error).message);
    }
  };
  return (
    <Page
      title={report?.name ?? metric.title[language]}
      state={
        <Group gap="xs" component="span" display="inline-flex">
          {report ? words.reportState(metric.title[language]) : words.state}
          {changed && <Badge variant="light">{words.changed}</Badge>}
          {report?.description && <Text size="sm">{report.description}</Text>}
        </Group>
      }
      {...(report && { parent: { label: words.parent, to: "/insight/reports" as const } })}
      action={
        <>
          {mayManage && (
            <SaveButton question={question} look={look} report={report} changed={changed} />
          )}
          <ReportActions report={report} question={question} look={look} />
        </>
      }
    >
      <div className={classes.columns}>
        <div className={classes.side}>
          <FormFaults value={faults}>
            <QuestionPanel
              metrics={props.metrics}
              metric={metric}
              question={question}
              onChange={ask}
              onMetric={props.onMetric}
            />
          </FormFaults>
        </div>
        <div className={classes.main}>
          <FormFaults value={faults}>
            <QuestionBar question={question} metric={metric} onChange={ask}>
              {search.run === undefined && asked.question && <RunLine asked={asked} />}
            </QuestionBar>
          </FormFaults>
          {search.run === undefined ? (
            <AnswerPanel
              asked={asked}
              metric={metric}
              look={props.shown}
              happened={happened}
              onLook={(next) => onSearch({ look: next })}
              onOpen={(cell) => onSearch({ cell }, true)}
              onBackground={() => void inBackground()}
            />
          ) : (
            <RunPanel
              id={search.run}
              look={props.shown}
              onOpen={(cell: Cell) => onSearch({ cell }, true)}
              onEnd={() => onSearch({ run: undefined } as ExplorerSearch)}
            />
          )}
        </div>
      </div>
      <OpenedPeople
        question={asked.question}
        answer={asked.answer}
        cell={search.cell}
        onClose={() => onSearch({ cell: undefined } as ExplorerSearch)}
      />
    </Page>
  );
}

interface SaveButtonProps {
  question: Question;
  look: AnswerLook;
  report: ReportDetail | undefined;
  changed: boolean;
}

function SaveButton({ question, look, report, changed }: SaveButtonProps): ReactNode {
  const words = useWords(explorerWords);
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        leftSection={<IconDeviceFloppy size={16} aria-hidden />}
        variant={report && !changed ? "default" : "filled"}
        onClick={() => setOpened(true)}
      >
        {report ? words.saveChanges : words.save}
      </Button>
      <SaveReport
        opened={opened}
        onClose={() => setOpened(false)}
        question={question}
        look={look}
        report={report}
      />
    </>
  );
}

/** What happened in the days of an answer by period. */
function useHappened(answer: MetricAnswer | undefined) {
  const span = answer?.shape === "series" ? answer.span : undefined;
  const { data } = useQuery({
    ...annotationsQuery(span?.since, span?.until),
    enabled: span !== undefined,
  });
  return span && data ? data : NONE;
}

const NONE: never[] = [];
