/* esbuild takes style sheets as modules without values. */
declare module "*.css";
