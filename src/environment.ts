/** The one place that reads the process's environment. Rooms are given what they need. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;
