import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { client, unwrap } from "@/lib/client";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { TraitForm } from "./TraitForm";
import { NEW_TRAIT, type TraitDraft, toBody } from "./trait-draft";
import { refreshTraits } from "./trait-queries";
import { traitWords } from "./trait-words";

export function NewTraitPage(): ReactNode {
  const words = useWords(traitWords).form;
  return (
    <Permitted permission="segments.manage">
      <Page title={words.newTitle} parent={{ label: words.parent, to: "/customers/traits" }}>
        <NewTrait />
      </Page>
    </Permitted>
  );
}

function NewTrait(): ReactNode {
  const words = useWords(traitWords).form;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [saved, setSaved] = useState(false);
  const create = async (draft: TraitDraft) => {
    await unwrap(client.POST("/api/segments/traits", { body: toBody(draft) }));
    setSaved(true);
    toastDone(words.created);
    await refreshTraits(queries);
    await navigate({ to: "/customers/traits", ignoreBlocker: true });
  };
  return <TraitForm initial={NEW_TRAIT} action={words.create} onSave={create} saved={saved} />;
}
