#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# asker.pl SOCKET: asks a session for its status again and again, until it is stopping. Prints "asks" when it was
# answered once, then how it ended: "stopping", "no answer" of one that has not come for 20 s, "closed".
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;

$| = 1;
my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no socket";
my $answers = IO::Select->new($socket);
my ($text, $count) = ('', 0);

sub ask {
  syswrite $socket, "{\"command\":\"status\"}\n" or return 'closed';
  while (index($text, "\n") < 0) {
    return 'no answer' unless $answers->can_read(20);
    sysread $socket, $text, 65536, length $text or return 'closed';
  }
  my ($answer, $rest) = split /\n/, $text, 2;
  $text = $rest;
  print "asks\n" unless $count++;
  return $answer =~ /"state":"stopping"/ ? 'stopping' : '';
}

my $end = '';
$end = ask() until $end;
print "$end\n";
