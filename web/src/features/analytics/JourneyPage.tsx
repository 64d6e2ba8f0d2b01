import { Button } from "@mantine/core";
import { IconStairs } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import type { AnswerLook, JsonObject, Metric, Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { AnswerPanel } from "./AnswerPanel";
import { metricsQuery } from "./analytics-queries";
import { dashboardWords } from "./dashboard-words";
import classes from "./explorer.module.css";
import type { ExplorerSearch } from "./explorer-search";
import { FormFaults, useFaults } from "./form-places";
import { OpenedPeople } from "./OpenedPeople";
import { ParamsForm } from "./ParamsForm";
import { QuestionBar } from "./QuestionBar";
import { ReportActions } from "./ReportActions";
import { RunLine } from "./RunLine";
import { RunPanel } from "./RunPanel";
import { useAnswer } from "./use-answer";

const METRIC = "journey";
/** A year of whole months, up to the last thing that anybody did: a map needs time to have seen people move. */
const START: Question = {
  metric: METRIC,
  params: {},
  range: { kind: "until_last", n: 12, unit: "month", current: false },
  interval: "month",
};
const PLAIN: AnswerLook = {};

/** The journey as a map, as wide as the page. */
export function JourneyPage(): ReactNode {
  const words = useWords(dashboardWords).journey;
  return (
    <Permitted permission="reports.read">
      <JourneyLoaded title={words.title} state={words.state} />
    </Permitted>
  );
}

function JourneyLoaded({ title, state }: { title: string; state: string }): ReactNode {
  const metrics = useQuery(metricsQuery);
  const metric = metrics.data?.find((one) => one.key === METRIC);
  if (metric) return <Journey metric={metric} />;
  return (
    <Page title={title} state={state}>
      <Loaded query={metrics}>{() => null}</Loaded>
    </Page>
  );
}

function Journey({ metric }: { metric: Metric }): ReactNode {
  const words = useWords(dashboardWords).journey;
  const search = useSearch({ from: "/shell/insight/journey" }) as ExplorerSearch;
  const navigate = useNavigate({ from: "/insight/journey" });
  const mayManage = useMayDo()("reports.manage");
  const [changing, setChanging] = useState(false);
  const question = search.q?.metric === METRIC ? search.q : START;
  const asked = useAnswer(question, metric);
  const faults = useFaults(asked.error);
  const set = (change: ExplorerSearch, push = false) =>
    void navigate({
      search: ((now: ExplorerSearch) => ({ ...now, ...change })) as never,
      replace: !push,
      resetScroll: false,
    });
  const ask = (q: Question) => set({ q, run: undefined, cell: undefined } as ExplorerSearch);
  const inBackground = async () => {
    if (!asked.question) return;
    const run = await unwrap(
      client.POST("/api/analytics/runs", { body: { query: asked.question } }),
    );
    set({ run: run.id }, true);
  };
  return (
    <Page
      title={words.title}
      state={words.state}
      action={
        <>
          <Button
            variant="default"
            leftSection={<IconStairs size={16} aria-hidden />}
            onClick={() => setChanging(true)}
          >
            {words.stages}
          </Button>
          {mayManage && <ReportActions report={undefined} question={question} look={PLAIN} />}
        </>
      }
    >
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
            look={PLAIN}
            happened={[]}
            onLook={() => undefined}
            onOpen={(cell) => set({ cell }, true)}
            onBackground={() => void inBackground()}
          />
        ) : (
          <RunPanel
            id={search.run}
            look={PLAIN}
            onOpen={(cell) => set({ cell }, true)}
            onEnd={() => set({ run: undefined } as ExplorerSearch)}
          />
        )}
      </div>
      <SideDrawer
        opened={changing}
        onClose={() => setChanging(false)}
        title={words.stages}
        size="xl"
      >
        {changing && (
          <FormFaults value={faults}>
            <p>{words.stagesHint}</p>
            <ParamsForm
              metric={metric}
              params={(question.params ?? {}) as JsonObject}
              onChange={(params) => ask({ ...question, params })}
            />
            <Button mt="md" onClick={() => setChanging(false)}>
              {words.apply}
            </Button>
          </FormFaults>
        )}
      </SideDrawer>
      <OpenedPeople
        question={asked.question}
        answer={asked.answer}
        cell={search.cell}
        onClose={() => set({ cell: undefined } as ExplorerSearch)}
      />
    </Page>
  );
}
