import java.nio.file.Path;
import java.util.List;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * An OpenSearch node without a distribution: `SmallNode HOME SETTING=VALUE…`. It runs until it is killed.
 */
final class SmallNode extends Node {
  private SmallNode(Settings settings, Path config) {
    super(
        new Environment(settings, config),
        List.of(Netty4Plugin.class, CommonAnalysisPlugin.class, ReindexPlugin.class),
        true);
  }

  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Settings.Builder settings = Settings.builder().put("path.home", home.toString());
    for (String setting : List.of(args).subList(1, args.length)) {
      String[] nameAndValue = setting.split("=", 2);
      settings.put(nameAndValue[0], nameAndValue[1]);
    }
    new SmallNode(settings.build(), home.resolve("config")).start();
    Thread.currentThread().join();
  }
}
