#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# receiver.pl FILE PLAN...: an HTTP server on the loopback address for webhooks. Prints its port; writes a line for each
# request into FILE: request line, authorization, body, with tabs between. Answers by PLAN, the last word for all that
# come later: a status, STATUS:SECONDS with Retry-After, or `silent`, which answers never. Ends with its input.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

# What its parent had open when it began: another program may wait for the end of one of these.
POSIX::close($_) for 3 .. 255;

my ($log, @plan) = @ARGV;
my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', LocalPort => 0) or die "no port";
$| = 1;
print $listener->sockport, "\n";
my $files = IO::Select->new($listener, \*STDIN);
my %heard;

sub note {
  my ($head, $body) = @_;
  my ($line) = $head =~ /^([^\r]*)/;
  my ($authorization) = $head =~ /^Authorization: ([^\r]*)/im;
  open my $out, '>>', $log or die "no log";
  print $out join("\t", $line, $authorization // '', $body), "\n";
  close $out;
}

sub answer {
  my ($client) = @_;
  my $word = @plan > 1 ? shift @plan : $plan[0];
  return if $word eq 'silent';
  my ($status, $after) = split /:/, $word;
  my $more = defined $after ? "Retry-After: $after\r\n" : '';
  syswrite $client, "HTTP/1.1 $status Said\r\nContent-Length: 0\r\n$more\r\n";
}

sub serve {
  my ($client) = @_;
  $heard{$client} //= '';
  my $count = sysread $client, $heard{$client}, 65536, length $heard{$client};
  if (!$count) { $files->remove($client); delete $heard{$client}; close $client; return }
  while ($heard{$client} =~ /^(.*?\r\n\r\n)/s) {
    my $head = $1;
    my ($length) = $head =~ /^Content-Length: (\d+)/im;
    last if length $heard{$client} < length($head) + ($length // 0);
    note($head, substr $heard{$client}, length $head, $length // 0);
    substr($heard{$client}, 0, length($head) + ($length // 0)) = '';
    answer($client);
  }
}

while (1) {
  for my $file ($files->can_read) {
    if ($file == \*STDIN) { exit 0 unless sysread STDIN, my $rest, 64 }
    elsif ($file == $listener) { $files->add(scalar $listener->accept) }
    else { serve($file) }
  }
}
