import { useDisclosure } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { EmptyState } from "@/components/EmptyState";
import { SideDrawer } from "@/components/SideDrawer";
import type { Answered, Purpose } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { totalAnswers } from "./consent-figures";
import { consentWords } from "./consent-words";
import { PurposeForm } from "./PurposeForm";
import { PurposeView } from "./PurposeView";
import { useTerms } from "./use-terms";

interface PurposeDrawerProps {
  purposes: Purpose[];
  answered: Answered[];
}

/** One purpose, or a new one; which it is stands in the address. */
export function PurposeDrawer({ purposes, answered }: PurposeDrawerProps): ReactNode {
  const words = useWords(consentWords).form;
  const common = useWords(commonWords);
  const terms = useTerms();
  const mayManage = useMayDo()("privacy.manage");
  const { purpose: key, add } = useSearch({ from: "/shell/customers/consent" });
  const navigate = useNavigate({ from: "/customers/consent" });
  const [changed, setChanged] = useState(false);
  const [leaving, leave] = useDisclosure();
  const found = purposes.find((one) => one.key === key);
  const adding = Boolean(add && mayManage);
  const close = () => {
    setChanged(false);
    void navigate({ search: {}, resetScroll: false });
  };
  const answers = totalAnswers(answered.filter((one) => one.purpose === key)).answers;
  const form = (purpose: Purpose | null) => (
    <PurposeForm
      key={purpose ? `${purpose.key} ${purpose.version}` : "new"}
      purpose={purpose}
      answers={answers}
      onChanged={setChanged}
      onDone={close}
    />
  );
  return (
    <>
      <SideDrawer
        opened={adding || key !== undefined}
        onClose={changed ? leave.open : close}
        title={adding ? words.add : terms.purpose(found, key ?? "")}
        size="xl"
      >
        {adding && form(null)}
        {!adding && found && (mayManage ? form(found) : <PurposeView purpose={found} />)}
        {!adding && !found && <EmptyState title={words.notFound} hint={words.notFoundHint} />}
      </SideDrawer>
      <Confirm
        opened={leaving}
        onClose={leave.close}
        title={common.unsavedTitle}
        effect={common.unsavedHint}
        action={common.leave}
        onConfirm={async () => close()}
      />
    </>
  );
}
