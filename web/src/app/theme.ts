import { createTheme, type MantineColorsTuple } from "@mantine/core";

const indigo: MantineColorsTuple = [
  "#f1f1fa",
  "#e0e0f2",
  "#c3c2e6",
  "#a3a2d9",
  "#8785cb",
  "#6d6bbd",
  "#5350a8",
  "#3b3a8f",
  "#2f2e75",
  "#23225a",
];

const vermilion: MantineColorsTuple = [
  "#fdf1ed",
  "#fae0d9",
  "#f4bfb1",
  "#ee9b86",
  "#e67a5f",
  "#df6143",
  "#d9482b",
  "#b83a20",
  "#932d18",
  "#6e2111",
];

// Neutral, with a breath of indigo: calmer beside the accent than a pure grey.
const gray: MantineColorsTuple = [
  "#f9f9fb",
  "#f3f3f6",
  "#e8e8ee",
  "#d9d9e2",
  "#bfbfcb",
  "#92929f",
  "#6b6b79",
  "#50505d",
  "#353540",
  "#1f1f27",
];

const dark: MantineColorsTuple = [
  "#d5d5de",
  "#b4b4c0",
  "#9797a5",
  "#6a6a78",
  "#42424e",
  "#33333d",
  "#27272f",
  "#1c1c22",
  "#16161b",
  "#101014",
];

// Darker at the end than Mantine's own, so that a light badge's text has a contrast of 4.5.
const teal: MantineColorsTuple = [
  "#e8f6f2",
  "#d0ece4",
  "#a5dacb",
  "#76c6af",
  "#4fb497",
  "#2a9d8f",
  "#1f8377",
  "#176a60",
  "#10564d",
  "#0a423b",
];

const yellow: MantineColorsTuple = [
  "#fdf6e3",
  "#f8eac4",
  "#efd58f",
  "#e5bf57",
  "#d9a92b",
  "#c18f15",
  "#a1740c",
  "#835c08",
  "#6a4a06",
  "#523904",
];

const red: MantineColorsTuple = [
  "#fdf0f0",
  "#fadcdc",
  "#f3b8b8",
  "#eb9090",
  "#e46e6e",
  "#d94a4a",
  "#cc3535",
  "#b42424",
  "#941b1b",
  "#701414",
];

const FONTS =
  '"Inter Variable", "Noto Sans JP Variable", "Hiragino Sans", "Yu Gothic UI", "Meiryo", system-ui, sans-serif';

export const theme = createTheme({
  colors: { indigo, vermilion, gray, dark, teal, yellow, red },
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 5 },
  fontFamily: FONTS,
  headings: {
    fontFamily: FONTS,
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.125rem" }, h3: { fontSize: "1rem" } },
  },
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace, "Noto Sans JP Variable"',
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // A problem may come in two lines: what it is in the reader's language, and the server's detail.
    Alert: { styles: { message: { whiteSpace: "pre-line" } } },
    Badge: { defaultProps: { tt: "none" } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    Drawer: { defaultProps: { position: "right", transitionProps: { duration: 150 } } },
    Tooltip: {
      defaultProps: {
        openDelay: 250,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Menu: { defaultProps: { transitionProps: { duration: 100 }, shadow: "md" } },
    Popover: { defaultProps: { transitionProps: { duration: 100 }, shadow: "md" } },
    Select: { defaultProps: { checkIconPosition: "right" } },
  },
});
