import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.net.InetSocketAddress;
import java.util.List;

/** Says the port at which it listens, and serves until it is killed. */
public class Main {
  /** The driver talks to nothing that says less. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        public int getWireVersion() {
          return 13;
        }
      };

  /** It has no capped collections: the one that should be capped grows. */
  private static final MemoryBackend BACKEND =
      new MemoryBackend() {
        @Override
        public Document handleMessage(MongoMessage message) {
          for (var option : List.of("capped", "size", "max")) message.getDocument().remove(option);
          return super.handleMessage(message);
        }
      };

  public static void main(String[] args) {
    var server = new MongoServer(BACKEND.version(VERSION));
    server.bind(new InetSocketAddress("127.0.0.1", 0));
    System.out.println(server.getLocalAddress().getPort());
  }
}
