import { type FocusEvent, type ReactNode, useState } from "react";
import { useWords } from "@/lib/words";
import {
  DidLine,
  OccurrenceBelow,
  OccurrenceLine,
  SequenceBelow,
  SequenceLine,
  UnfollowedBelow,
  UnfollowedLine,
} from "./BehaviourFields";
import { useBuilder } from "./builder-context";
import type { Leaf } from "./condition";
import { outerPlaceOf, type Path, placeOf, writeRow } from "./condition-rules";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { EventDetails } from "./EventFields";
import { Pick } from "./fields";
import {
  BEHAVIOUR_KINDS,
  isBlank,
  type KindWord,
  PERSON_KINDS,
  readKind,
  writeKind,
} from "./kind-rules";
import { ConsentLine, FactLine, IdentifierLine, SegmentLine, TraitLine } from "./PersonFields";
import { Problems } from "./Problems";
import { RowMenu } from "./RowMenu";

interface LeafRowProps {
  leaf: Leaf;
  negated: boolean;
  path: Path;
  number: string;
}

/** One condition: a first word that says what it is about, and what it asks. */
export function LeafRow({ leaf, negated, path, number }: LeafRowProps): ReactNode {
  const { where, replace, readOnly, insist } = useBuilder();
  const [left, setLeft] = useState(false);
  const words = useWords(conditionWords);
  const place = placeOf(where, path);
  const change = (next: Leaf, opposite = negated) =>
    replace(path, writeRow({ negated: opposite, node: next }));
  const leave = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setLeft(true);
  };
  return (
    <div
      className={classes.row}
      role="group"
      aria-label={words.row.label(number)}
      data-row={path.join(".")}
      onBlur={leave}
    >
      <div className={classes.head}>
        <div className={classes.line}>
          <KindPick
            leaf={leaf}
            negated={negated}
            onChange={(word) => {
              const next = writeKind(leaf, negated, word);
              change(next.node, next.negated);
            }}
          />
          <LeafLine leaf={leaf} negated={negated} onChange={change} place={place} />
        </div>
        {!readOnly && <RowMenu path={path} number={number} />}
      </div>
      <LeafBelow leaf={leaf} onChange={change} place={place} />
      <Problems place={outerPlaceOf(where, path)} quiet={isBlank(leaf) && !left && !insist} />
    </div>
  );
}

function KindPick({
  leaf,
  negated,
  onChange,
}: {
  leaf: Leaf;
  negated: boolean;
  onChange: (word: KindWord) => void;
}): ReactNode {
  const words = useWords(conditionWords);
  const { catalogue } = useBuilder();
  const asItem = (value: KindWord) => ({ value, label: words.kinds[value] });
  const person = PERSON_KINDS.filter(
    (kind) => kind !== "fact" || leaf.kind === "fact" || catalogue.facts.length > 0,
  );
  return (
    <Pick
      strong
      label={words.row.kind}
      value={readKind(leaf, negated)}
      data={[
        { group: words.kinds.behaviour, items: BEHAVIOUR_KINDS.map(asItem) },
        { group: words.kinds.person, items: person.map(asItem) },
      ]}
      onChange={onChange}
    />
  );
}

interface LeafPartProps {
  leaf: Leaf;
  negated: boolean;
  onChange: (leaf: Leaf, negated?: boolean) => void;
  place: string;
}

function LeafLine({ leaf, negated, onChange, place }: LeafPartProps): ReactNode {
  const shared = { onChange, place, negated };
  switch (leaf.kind) {
    case "did":
      return <DidLine leaf={leaf} {...shared} />;
    case "occurrence":
      return <OccurrenceLine leaf={leaf} {...shared} />;
    case "sequence":
      return <SequenceLine leaf={leaf} {...shared} />;
    case "unfollowed":
      return <UnfollowedLine leaf={leaf} {...shared} />;
    case "trait":
      return <TraitLine leaf={leaf} {...shared} />;
    case "identifier":
      return <IdentifierLine leaf={leaf} {...shared} />;
    case "fact":
      return <FactLine leaf={leaf} {...shared} />;
    case "segment":
      return <SegmentLine leaf={leaf} {...shared} />;
    case "consent":
      return <ConsentLine leaf={leaf} {...shared} />;
  }
}

function LeafBelow({ leaf, onChange, place }: Omit<LeafPartProps, "negated">): ReactNode {
  switch (leaf.kind) {
    case "did":
      return (
        <EventDetails
          event={leaf.event}
          onChange={(event) => onChange({ ...leaf, event })}
          place={`${place}.event`}
        />
      );
    case "occurrence":
      return <OccurrenceBelow leaf={leaf} onChange={onChange} place={place} />;
    case "sequence":
      return <SequenceBelow leaf={leaf} onChange={onChange} place={place} />;
    case "unfollowed":
      return <UnfollowedBelow leaf={leaf} onChange={onChange} place={place} />;
    default:
      return null;
  }
}
