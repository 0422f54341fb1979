/** Every seeded user's. */
export const KNOWN_PASSWORD = 'correct-horse-battery';

/** Its hash, made once: 20,000 of them would take a quarter of an hour. */
export const KNOWN_PASSWORD_HASH =
  'scrypt:16384:8:1:fpZtm-RJQryGfiscv_Gbfg:dZbBjoeRFWUQJDBaavDo5vF1b_vA57QpQOv1CzjeHJM';
