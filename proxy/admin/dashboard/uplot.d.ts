// The server serves uPlot's own file beside the page.
declare module '*/uPlot.esm.js' {
  export { default } from 'uplot';
}
