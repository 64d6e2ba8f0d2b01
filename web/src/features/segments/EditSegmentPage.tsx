import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { SegmentDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import { SaveEffect } from "./SaveEffect";
import { SegmentForm } from "./SegmentForm";
import { type SegmentDraft, toChange, toDraft } from "./segment-draft";
import { refreshSegments, segmentQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";

export function EditSegmentPage(): ReactNode {
  const { segmentId } = useParams({ from: "/shell/customers/segments/$segmentId/edit" });
  const words = useWords(formWords);
  const parent = useWords(segmentWords).page.parent;
  const query = useQuery({ ...segmentQuery(Number(segmentId)), staleTime: 60_000 });
  return (
    <Permitted permission="segments.manage">
      <Page
        title={query.data ? words.editTitle(query.data.name) : "…"}
        state={words.editState}
        parent={{ label: parent, to: "/customers/segments" }}
      >
        <Loaded query={query}>
          {(segment) => <EditForm key={segment.id} segment={segment} />}
        </Loaded>
      </Page>
    </Permitted>
  );
}

/** What is written stays as it was begun, though the segment's figures go on. */
function EditForm({ segment: current }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(formWords);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [segment] = useState(current);
  const [asked, setAsked] = useState<SegmentDraft>();
  const [saved, setSaved] = useState(false);
  const send = async (draft: SegmentDraft) => {
    const change = toChange(draft, segment);
    await unwrap(
      client.PATCH("/api/segments/{id}", {
        params: { path: { id: segment.id } },
        body: change as never,
      }),
    );
    setSaved(true);
    toastDone("condition" in change || "kind" in change ? words.saved : words.savedName);
    await refreshSegments(queries);
    await navigate({
      to: "/customers/segments/$segmentId",
      params: { segmentId: String(segment.id) },
      ignoreBlocker: true,
    });
  };
  const save = async (draft: SegmentDraft) => {
    if ("condition" in toChange(draft, segment)) setAsked(draft);
    else await send(draft);
  };
  return (
    <>
      <SegmentForm
        initial={toDraft(segment)}
        ways={segment.kind === "static" ? ["static"] : ["live", "hour", "day"]}
        action={words.save}
        own={{ id: segment.id, masked: segment.condition_masked }}
        onSave={save}
        saved={saved}
      />
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={words.effect.title}
        effect={asked && <SaveEffect segment={segment} condition={asked.condition} />}
        action={words.save}
        dangerous={false}
        onConfirm={() => (asked ? send(asked) : Promise.resolve())}
      />
    </>
  );
}
