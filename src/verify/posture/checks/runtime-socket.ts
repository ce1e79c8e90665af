const sockets = /^\/(var\/)?run(\/(docker|containerd|crio|podman|k3s)([./].*)?)?\/?$/;

/** Whether a path of the host is the socket of a container runtime, or a folder that holds it. */
export const isRuntimeSocket = (path: string): boolean => sockets.test(path);
