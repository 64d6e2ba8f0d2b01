import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck, IconPencilPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { Consent, ConsentItem, ProfileId, Purpose } from "@/lib/api";
import { purposesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { AnswerLog } from "./AnswerLog";
import classes from "./CustomerConsent.module.css";
import { consentWords } from "./consent-words";
import { consentQuery } from "./privacy-queries";
import { RecordAnswer } from "./RecordAnswer";
import { TermText } from "./TermText";
import { useTerms } from "./use-terms";

/** What may be done with one customer's data, why, and what they answered. */
export function CustomerConsent({ profileId }: { profileId: ProfileId }): ReactNode {
  return (
    <Permitted permission="privacy.read">
      <ConsentPanel profileId={profileId} />
    </Permitted>
  );
}

function ConsentPanel({ profileId }: { profileId: ProfileId }): ReactNode {
  const words = useWords(consentWords).person;
  const mayRecord = useMayDo()("privacy.record");
  const { term } = useTerms();
  const [recording, record] = useDisclosure();
  const consent = useQuery(consentQuery(profileId));
  const purposes = useQuery(purposesQuery);
  const known = purposes.data?.items ?? [];
  const button = (
    <Button
      variant="default"
      leftSection={<IconPencilPlus size={16} />}
      onClick={record.open}
      disabled={!consent.data}
    >
      {words.record}
    </Button>
  );
  return (
    <Stack gap="lg">
      <Card
        title={words.title}
        hint={consent.data && words.hint(term("regions", consent.data.region).name)}
        action={mayRecord && button}
      >
        <Loaded query={consent} skeleton={<Skeleton height={280} />}>
          {(found) => <PurposeList consent={found} purposes={known} />}
        </Loaded>
      </Card>
      <Card title={words.log} hint={words.logHint}>
        <AnswerLog profileId={profileId} purposes={known} />
      </Card>
      <SideDrawer opened={recording} onClose={record.close} title={words.record}>
        {recording && <RecordAnswer profileId={profileId} purposes={known} onDone={record.close} />}
      </SideDrawer>
    </Stack>
  );
}

function PurposeList({ consent, purposes }: { consent: Consent; purposes: Purpose[] }): ReactNode {
  const terms = useTerms();
  const keys = [...new Set(consent.items.map((item) => item.purpose))];
  return (
    <ul className={classes.purposes}>
      {keys.map((key) => {
        const items = consent.items.filter((item) => item.purpose === key);
        const title = terms.purpose(
          purposes.find((one) => one.key === key),
          key,
        );
        return (
          <li key={key} className={classes.purpose}>
            <Text size="sm" fw={600} id={`purpose-${key}`}>
              {title}
            </Text>
            <ul className={classes.items} aria-labelledby={`purpose-${key}`}>
              {items.map((item) => (
                <ItemLine key={item.channel} item={item} />
              ))}
            </ul>
          </li>
        );
      })}
    </ul>
  );
}

function ItemLine({ item }: { item: ConsentItem }): ReactNode {
  const words = useWords(consentWords).person;
  const terms = useTerms();
  const Icon = item.allowed ? IconCheck : IconX;
  return (
    <li className={classes.item}>
      <span className={classes.verdict} data-allowed={item.allowed}>
        <Icon size={15} stroke={2.4} aria-hidden />
        {item.allowed ? words.allowed : words.notAllowed}
      </span>
      {item.channel && <span className={classes.channel}>{terms.channel(item.channel)}</span>}
      <Group gap={6} className={classes.why}>
        <TermText term={terms.term("reasons", item.reason)} quiet />
        {item.since && (
          <Text span size="xs" c="dimmed">
            <TimeText at={item.since} />
            {item.source && ` · ${terms.source(item.source)}`}
          </Text>
        )}
      </Group>
    </li>
  );
}
