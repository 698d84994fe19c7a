/* SPDX-License-Identifier: MIT */
/* machine_lock: a name of Linux's abstract sockets. It is listened to only so that who asks is told the process. */
#include "store/machine_lock.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/lock.h"

/* The first byte of the path is 0: no file. The length to bind with; 0: the name is too long. */
static socklen_t address_of(const char *name, struct sockaddr_un *out) {
  static const char prefix[] = "neap-";
  size_t size = strlen(name), before = sizeof prefix - 1;
  *out = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (size == 0 || size > NEAP_MACHINE_LOCK_NAME) return 0;
  memcpy(out->sun_path + 1, prefix, before);
  memcpy(out->sun_path + 1 + before, name, size);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + before + size);
}

static int open_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

static neap_status fail(int fd, int code, neap_fault *fault) {
  if (fd >= 0) close(fd);
  if (code == EADDRINUSE) return neap_fail(fault, NEAP_IO, "locked", "another process of this machine holds it");
  return neap_fail(fault, NEAP_IO, "cannot_create", "cannot lock a name of this machine: %s", strerror(code));
}

/* The name may become free between the two looks: it is tried again. */
static int bind_after_death(int fd, const struct sockaddr_un *address, socklen_t length, const char *name) {
  for (int step = 0; bind(fd, (const struct sockaddr *)address, length) != 0; step++) {
    if (errno != EADDRINUSE) return -1;
    int owner = neap_machine_lock_owner(name);
    if (step == NEAP_DEATH_STEPS || (owner != 0 && !neap_process_is_dying(owner))) return errno = EADDRINUSE, -1;
    poll(NULL, 0, NEAP_DEATH_STEP);
  }
  return 0;
}

neap_status neap_machine_lock_take(const char *name, int *fd, neap_fault *fault) {
  struct sockaddr_un address;
  socklen_t length = address_of(name, &address);
  if (!length) return neap_fail(fault, NEAP_RANGE, "too_long", "a lock's name has 1 to 100 bytes");
  int made = open_socket();
  if (made < 0 || bind_after_death(made, &address, length, name) != 0 || listen(made, SOMAXCONN) != 0)
    return fail(made, errno, fault);
  *fd = made;
  return NEAP_OK;
}

static int peer_of(int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0 ? peer.pid : -1;
}

int neap_machine_lock_owner(const char *name) {
  struct sockaddr_un address;
  socklen_t length = address_of(name, &address);
  int fd = length ? open_socket() : -1;
  if (fd < 0) return -1;
  bool is_met = connect(fd, (struct sockaddr *)&address, length) == 0;
  int code = errno, owner = is_met ? peer_of(fd) : code == ECONNREFUSED ? 0 : -1;
  close(fd);
  return owner;
}
