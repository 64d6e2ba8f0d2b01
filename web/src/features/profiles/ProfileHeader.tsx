import { Badge, Group, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { CopyIcon } from "@/components/CopyField";
import { TimeText } from "@/components/TimeText";
import { TouchpointIcon } from "@/components/TouchpointIcon";
import type { Identifier, Profile } from "@/lib/api";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import classes from "./ProfileHeader.module.css";
import { rankIdentifiers } from "./profile-name";
import { profileWords } from "./profile-words";
import { spanTouchpoints } from "./touchpoint-spans";

const KNOWN = new Set(["user_id", "email", "phone", "line_id"]);
const IDENTIFIERS_SHOWN = 6;

export function ProfileHeader({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords);
  const kana =
    profile.name_kana ?? profile.traits.find((trait) => trait.name === "name_kana")?.value;
  const known = profile.identifiers.some((identifier) => KNOWN.has(identifier.type));
  return (
    <div className={classes.header}>
      <div className={classes.who}>
        <Group gap="xs" mb={10}>
          {typeof kana === "string" && (
            <Text size="sm" c="dimmed">
              {kana}
            </Text>
          )}
          <Badge variant="light" color={known ? "indigo" : "gray"}>
            {known ? words.list.known : words.list.anonymous}
          </Badge>
          <Text size="sm" c="dimmed" component="span">
            {words.page.firstSeen} <TimeText at={profile.first_seen} /> · {words.page.lastSeen}{" "}
            <TimeText at={profile.last_seen} />
          </Text>
        </Group>
        <Identifiers identifiers={rankIdentifiers(profile.identifiers)} />
      </div>
      <Touchpoints profile={profile} />
    </div>
  );
}

function Identifiers({ identifiers }: { identifiers: Identifier[] }): ReactNode {
  const words = useWords(profileWords).page;
  const names = useNames();
  const [all, setAll] = useState(false);
  const shown = all ? identifiers : identifiers.slice(0, IDENTIFIERS_SHOWN);
  const hidden = identifiers.length - shown.length;
  return (
    <ul className={classes.identifiers} aria-label={words.identifiers}>
      {shown.map((identifier) => (
        <li key={`${identifier.type} ${identifier.value}`} className={classes.identifier}>
          <span className={classes.type}>{names.identifier(identifier.type)}</span>
          <span className={classes.value} title={identifier.value}>
            {identifier.value}
          </span>
          <CopyIcon value={identifier.value} />
        </li>
      ))}
      {hidden > 0 && (
        <li>
          <button type="button" className={classes.more} onClick={() => setAll(true)}>
            {words.more(String(hidden))}
          </button>
        </li>
      )}
    </ul>
  );
}

/** When each touchpoint was in use: a bar from its first to its last event, over the profile's life. */
function Touchpoints({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords).page;
  const names = useNames();
  const spans = spanTouchpoints(profile);
  if (spans.length === 0) return null;
  return (
    <ul className={classes.touchpoints} aria-label={words.touchpoints}>
      {spans.map((span) => (
        <li key={span.touchpoint} className={classes.touchpoint}>
          <TouchpointIcon touchpoint={span.touchpoint} size={15} />
          <span>{names.touchpoint(span.touchpoint)}</span>
          <span className={classes.bar} aria-hidden>
            <span
              style={{ marginInlineStart: `${span.start * 100}%`, width: `${span.length * 100}%` }}
            />
          </span>
          <span className={classes.count}>
            <TimeText at={span.lastSeen} />
          </span>
        </li>
      ))}
    </ul>
  );
}
