export { type CaptureOptions, openCapture } from './capture.ts';
export { captureLease, forgetCapture } from './capture-lease.ts';
