import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { templatesQuery } from "@/components/conditions/condition-queries";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { client, unwrap } from "@/lib/client";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { formWords } from "./form-words";
import { SegmentForm } from "./SegmentForm";
import { NEW_DRAFT, readStored, type SegmentDraft, toDefinition } from "./segment-draft";
import { refreshSegments } from "./segment-queries";
import { segmentWords } from "./segment-words";

export function NewSegmentPage(): ReactNode {
  const words = useWords(formWords);
  const parent = useWords(segmentWords).page.parent;
  return (
    <Permitted permission="segments.manage">
      <Page title={words.newTitle} parent={{ label: parent, to: "/customers/segments" }}>
        <NewSegment />
      </Page>
    </Permitted>
  );
}

function NewSegment(): ReactNode {
  const { template } = useSearch({ from: "/shell/customers/segments/new" });
  const query = useQuery({ ...templatesQuery, enabled: template !== undefined });
  const { language } = useLanguage();
  if (template === undefined) return <NewForm initial={NEW_DRAFT} />;
  return (
    <Loaded query={query}>
      {({ items }) => {
        const found = items.find((one) => one.key === template);
        return (
          <NewForm
            initial={
              found
                ? {
                    ...NEW_DRAFT,
                    name: found.name[language],
                    condition: readStored(found.condition),
                  }
                : NEW_DRAFT
            }
          />
        );
      }}
    </Loaded>
  );
}

function NewForm({ initial }: { initial: SegmentDraft }): ReactNode {
  const words = useWords(formWords);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [saved, setSaved] = useState(false);
  const create = async (draft: SegmentDraft) => {
    const made = await unwrap(client.POST("/api/segments", { body: toDefinition(draft) as never }));
    setSaved(true);
    toastDone(words.created);
    await refreshSegments(queries);
    await navigate({
      to: "/customers/segments/$segmentId",
      params: { segmentId: String(made.id) },
      ignoreBlocker: true,
    });
  };
  return (
    <SegmentForm
      initial={initial}
      ways={["live", "hour", "day", "static"]}
      action={words.create}
      onSave={create}
      saved={saved}
    />
  );
}
