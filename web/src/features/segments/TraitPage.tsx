import { Alert, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { ComputedTrait } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { TraitForm } from "./TraitForm";
import { TraitMenu } from "./TraitMenu";
import { TraitState } from "./TraitsPage";
import { type TraitDraft, toTraitChange, toTraitDraft } from "./trait-draft";
import { refreshTraits, traitQuery } from "./trait-queries";
import { traitWords } from "./trait-words";

export function TraitPage(): ReactNode {
  const { traitId } = useParams({ from: "/shell/customers/traits/$traitId" });
  const words = useWords(traitWords);
  const format = useFormat();
  const mayManage = useMayDo()("segments.manage");
  const query = useQuery(traitQuery(Number(traitId)));
  const trait = query.data;
  const share = trait?.everybody ? trait.people / trait.everybody : 0;
  return (
    <Permitted permission="segments.read">
      <Page
        title={trait?.name ?? "…"}
        state={
          trait && (
            <>
              {trait.sentence}{" "}
              {trait.state === "ready"
                ? `· ${words.preview.found(format.number(trait.people), format.percent(share))}`
                : null}{" "}
              <TraitState trait={trait} />
            </>
          )
        }
        parent={{ label: words.form.parent, to: "/customers/traits" }}
        action={mayManage && trait && <TraitMenu trait={trait} />}
      >
        <Loaded query={query}>
          {(found) => (
            <>
              <Notes trait={found} />
              {mayManage ? <Edit key={found.id} trait={found} /> : null}
            </>
          )}
        </Loaded>
      </Page>
    </Permitted>
  );
}

function Notes({ trait }: { trait: ComputedTrait }): ReactNode {
  const words = useWords(traitWords);
  if (trait.state !== "failed" && !trait.description && trait.used_by.length === 0) return null;
  return (
    <Stack gap="md" mb="md">
      {trait.state === "failed" && (
        <Alert color="red">
          {words.failed} {trait.error}
        </Alert>
      )}
      {trait.description && <Text size="sm">{trait.description}</Text>}
      {trait.used_by.length > 0 && (
        <Card title={words.usedBy}>
          {trait.used_by.map((user) => (
            <Text key={user.id} size="sm">
              <Link to="/customers/segments/$segmentId" params={{ segmentId: String(user.id) }}>
                {user.name}
              </Link>
            </Text>
          ))}
        </Card>
      )}
    </Stack>
  );
}

/** What is written stays as it was begun, though the figures go on. */
function Edit({ trait: current }: { trait: ComputedTrait }): ReactNode {
  const words = useWords(traitWords).form;
  const queries = useQueryClient();
  const [trait, setTrait] = useState(current);
  const save = async (draft: TraitDraft) => {
    const change = toTraitChange(draft, trait);
    const changed = await unwrap(
      client.PATCH("/api/segments/traits/{id}", {
        params: { path: { id: trait.id } },
        body: change,
      }),
    );
    setTrait(changed);
    toastDone("figure" in change || "every" in change ? words.saved : words.savedText);
    await refreshTraits(queries);
  };
  return (
    <TraitForm
      initial={toTraitDraft(current)}
      action={words.save}
      own={trait}
      onSave={save}
      saved={false}
    />
  );
}
