# perl: threads with queues and shared variables, fork, pipes, signals, sockets.
# needs: perl
# seconds: 30
cat > judge.pl <<'PERL'
use strict; use warnings;
use threads; use threads::shared; use Thread::Queue;
use Socket; use IO::Socket::INET; use IO::Select; use POSIX ":sys_wait_h";
$| = 1;
my $n :shared = 0;
my $queue = Thread::Queue->new;
my @threads = map { threads->create(sub {
    for (1 .. 500) { lock($n); $n++ }
    my $sum = 0;
    while (defined(my $x = $queue->dequeue)) { $sum += $x }
    return $sum;
}) } 1 .. 4;
$queue->enqueue($_) for 1 .. 1000;
$queue->end;
my $sum = 0;
$sum += $_->join for @threads;
print "counted $n, summed $sum\n";
my $doomed = threads->create(sub { $SIG{KILL} = sub { threads->exit }; select(undef, undef, undef, 0.01) while 1 });
select(undef, undef, undef, 0.2);
$doomed->kill('KILL')->join;
print "thread ended\n";

pipe(my $r, my $w);
my $pid = fork;
if (!$pid) { close $r; print $w "hello from $$\n"; close $w; exit 9 }
close $w;
my $line = <$r>;
print $line eq "hello from $pid\n" ? "child's pid\n" : "wrong: $line";
waitpid $pid, 0;
print "child ", $? >> 8, "\n";
$SIG{ALRM} = sub { die "alarm\n" };
eval { alarm 1; select(undef, undef, undef, 10) };
print $@, `echo backtick`;
system("sh", "-c", "exit 4");
print "system ", $? >> 8, "\n";
my $reaped = 0;
$SIG{CHLD} = sub { while ((my $p = waitpid(-1, WNOHANG)) > 0) { $reaped += $? >> 8 } };
for my $i (1 .. 10) { defined(my $p = fork) or die; exit $i if !$p }
select(undef, undef, undef, 0.05) while $reaped < 55;
print "reaped $reaped\n";
$SIG{CHLD} = 'DEFAULT';
open(my $tr, "|-", "tr a-z A-Z"); print $tr "upper\n"; close $tr;

my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "listen: $!";
if (!fork) {
    for (1 .. 5) { my $c = $server->accept; print $c scalar reverse(<$c> =~ s/\n//r), "\n"; close $c }
    exit;
}
for my $word (qw(one two three four five)) {
    my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die "connect: $!";
    print $c "$word\n";
    print scalar <$c>;
}
wait;
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
syswrite $a, "pair";
print IO::Select->new($b)->can_read(5) ? "readable\n" : "not readable\n";
kill KILL => $$;
PERL
perl judge.pl; echo "status $?"
