import { Button, Tabs } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { DisclosuresTab } from "./DisclosuresTab";
import { RequestDrawer } from "./RequestDrawer";
import { RequestFigures } from "./RequestFigures";
import { RequestForm } from "./RequestForm";
import { RequestTable } from "./RequestTable";
import { RetentionTab } from "./RetentionTab";
import { summaryQuery } from "./request-queries";
import { requestWords } from "./request-words";

export function RequestsPage(): ReactNode {
  const words = useWords(requestWords).page;
  const mayManage = useMayDo()("privacy.manage");
  const { tab = "requests" } = useSearch({ from: "/shell/settings/privacy/requests" });
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  const add = mayManage && tab === "requests" && (
    <Button
      leftSection={<IconPlus size={16} />}
      onClick={() => void navigate({ search: { add: true } })}
    >
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} state={mayManage && <RequestsState />} action={add}>
      <Permitted permission="privacy.manage">
        <RequestTabs />
        <RequestDrawer />
        <NewRequest />
      </Permitted>
    </Page>
  );
}

function RequestsState(): ReactNode {
  const words = useWords(requestWords).page;
  const format = useFormat();
  const { data } = useQuery(summaryQuery);
  return data ? words.state(format.number(data.open), format.number(data.overdue)) : null;
}

function RequestTabs(): ReactNode {
  const words = useWords(requestWords).page;
  const { tab = "requests" } = useSearch({ from: "/shell/settings/privacy/requests" });
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  return (
    <Tabs
      value={tab}
      onChange={(next) => void navigate({ search: { tab: next as typeof tab }, replace: true })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="requests">{words.requests}</Tabs.Tab>
        <Tabs.Tab value="retention">{words.retention}</Tabs.Tab>
        <Tabs.Tab value="disclosures">{words.disclosures}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="requests">
        <RequestFigures />
        <RequestTable />
      </Tabs.Panel>
      <Tabs.Panel value="retention">
        <RetentionTab />
      </Tabs.Panel>
      <Tabs.Panel value="disclosures">
        <DisclosuresTab />
      </Tabs.Panel>
    </Tabs>
  );
}

function NewRequest(): ReactNode {
  const words = useWords(requestWords).form;
  const { add } = useSearch({ from: "/shell/settings/privacy/requests" });
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  return (
    <SideDrawer
      opened={add === true}
      onClose={() => void navigate({ search: (now) => compact({ ...now, add: undefined }) })}
      title={words.title}
    >
      {add && <RequestForm onDone={(made) => void navigate({ search: { request: made.id } })} />}
    </SideDrawer>
  );
}
