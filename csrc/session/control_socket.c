/* SPDX-License-Identifier: MIT */
/* control_socket: made closed to others, and each caller is asked for again: by the system, not by himself. */
#include "session/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/caller.h"

enum { BACKLOG = 16 };

static neap_status say(const char *what, const char *directory, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "control", "%s: %s", what, strerror(errno));
  neap_fault_set_where(fault, "%s", directory);
  return NEAP_IO;
}

static int open_directory(const char *directory) { return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC); }

/* By its own path where that fits, else by the open directory. */
static struct sockaddr_un address_in(const char *directory, int at) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t room = sizeof address.sun_path;
  if ((size_t)snprintf(address.sun_path, room, "%s/control.sock", directory) >= room)
    snprintf(address.sun_path, room, "/proc/self/fd/%d/control.sock", at);
  return address;
}

static int new_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

static neap_status check_directory(int at, const char *directory, neap_fault *fault) {
  struct stat facts;
  if (fstat(at, &facts) != 0) return say("the session's directory cannot be looked at", directory, fault);
  if (facts.st_uid == geteuid() && (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0) return NEAP_OK;
  neap_fail(fault, NEAP_REFUSED, "open_directory", "the session's directory is open to others: chmod 700 it");
  neap_fault_set_where(fault, "%s", directory);
  return NEAP_REFUSED;
}

/* Bound, closed to others, and only then can anybody connect. */
static int bind_in(int at, const struct sockaddr_un *address) {
  int fd = new_socket();
  if (fd < 0) return -1;
  unlinkat(at, "control.sock", 0);
  if (bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
      fchmodat(at, "control.sock", S_IRUSR | S_IWUSR, 0) == 0 && listen(fd, BACKLOG) == 0)
    return fd;
  int why = errno;
  close(fd);
  errno = why;
  return -1;
}

neap_status control_socket_listen(const char *directory, int *out, neap_fault *fault) {
  int at = open_directory(directory);
  if (at < 0) return say("the session's directory cannot be opened", directory, fault);
  neap_status status = check_directory(at, directory, fault);
  if (status == NEAP_OK) {
    const struct sockaddr_un address = address_in(directory, at);
    *out = bind_in(at, &address);
    if (*out < 0) status = say("the control socket cannot be made", directory, fault);
  }
  close(at);
  return status;
}

void control_socket_remove(const char *directory) {
  int at = open_directory(directory);
  if (at < 0) return;
  unlinkat(at, "control.sock", 0);
  close(at);
}

static neap_status not_running(const char *directory, neap_fault *fault) {
  neap_fail(fault, NEAP_NOT_FOUND, "not_running", "the session does not run");
  neap_fault_set_where(fault, "%s", directory);
  return NEAP_NOT_FOUND;
}

neap_status control_socket_connect(const char *directory, int *out, neap_fault *fault) {
  int at = open_directory(directory), fd = at < 0 ? -1 : new_socket();
  const struct sockaddr_un address = address_in(directory, at);
  bool connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  int why = errno;
  if (at >= 0) close(at);
  if (connected) return *out = fd, NEAP_OK;
  if (fd >= 0) close(fd);
  errno = why;
  bool absent = why == ENOENT || why == ECONNREFUSED || why == ENOTDIR;
  return absent ? not_running(directory, fault) : say("the session cannot be spoken to", directory, fault);
}

static bool may_speak(int fd, char who[64]) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  if (peer.uid != geteuid() && peer.uid != 0) return false;
  neap_caller_name(peer.uid, peer.pid, who);
  return true;
}

int control_socket_accept(int listener, char who[64]) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 || may_speak(fd, who)) return fd;
    close(fd);
  }
}
