/** The package's version, put in by the build. */
declare const __VERSION__: string;

/** A style sheet as text, made small by the build. */
declare module "*.css" {
  const text: string;
  export default text;
}
